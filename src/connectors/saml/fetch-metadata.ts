// Reads a provider's metadata from its address, through the connect guard and within limits.
import { isUtf8 } from 'node:buffer';
import { request } from 'undici';
import { Problem, refuse } from '#domain/problem.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { errorMessage } from '#lib/errors.ts';
import { guardedAgent } from '#lib/guarded-agent.ts';
import { metadataLimits } from './metadata-document.ts';

const limits = { connectMs: 5_000, headersMs: 10_000, bodyMs: 10_000, wholeMs: 20_000 } as const;

export async function fetchMetadata(url: URL, allowance: Allowance): Promise<string> {
  const { connectMs, headersMs, bodyMs, wholeMs } = limits;
  const answerBytesMax = metadataLimits.bytesMax;
  const agent = guardedAgent(allowance, {
    limits: { connectMs, headersMs, bodyMs, answerBytesMax },
  });
  try {
    const answer = await request(url, {
      dispatcher: agent,
      signal: AbortSignal.timeout(wholeMs),
      headers: { accept: 'application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8' },
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) {
      const moved = answer.statusCode >= 300 && answer.statusCode < 400;
      return unreachable(
        `it answered ${answer.statusCode}${moved ? '; enter the address it leads to' : ''}.`,
      );
    }
    if (!isUtf8(bytes)) return refuse('sso-metadata.refused', { reason: 'it is not UTF-8' });
    return bytes.toString('utf8');
  } catch (error) {
    throw error instanceof Problem ? error : asProblem(error);
  } finally {
    await agent.destroy();
  }
}

function asProblem(error: unknown): never {
  const guarded = refusalIn(error);
  if (guarded !== undefined) return unreachable(guarded.message, error);
  const late = error instanceof Error && error.name === 'TimeoutError';
  if (late) return unreachable(`it did not answer in ${limits.wholeMs / 1000} seconds.`, error);
  return unreachable(`${errorMessage(error)}.`, error);
}

function refusalIn(error: unknown): ConnectRefusal | undefined {
  if (error instanceof ConnectRefusal) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : undefined;
}

function unreachable(reason: string, detail?: unknown): never {
  return refuse('sso-metadata.unreachable', { reason }, detail);
}
