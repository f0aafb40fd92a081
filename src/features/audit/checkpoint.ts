// A checkpoint says "so far the chain was this": signed, and kept where the database's master cannot reach it.
import { type KeyObject, verify } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { errorCode } from '#lib/errors.ts';

export const Checkpoint = z.object({
  /** The version of this spelling. */
  checkpoint: z.literal(1),
  hub: z.string(),
  seq: z.int().positive(),
  /** Of the link with that number, in hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  key: z.string(),
  /** Ed25519 over signedText, in base64url. */
  signature: z.string(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** One line each, so that any tool can make it: docs/audit.md. */
export function signedText(point: Omit<Checkpoint, 'checkpoint' | 'signature'>): string {
  const { hub, seq, hash, at, key } = point;
  return ['sundog audit checkpoint 1', hub, seq, hash, at, key, ''].join('\n');
}

export function isSigned(point: Checkpoint, key: KeyObject): boolean {
  const text = Buffer.from(signedText(point), 'utf8');
  return verify(null, text, key, Buffer.from(point.signature, 'base64url'));
}

/** Returns once it is on the disk. A line that a crash left unfinished stays a line of its own. */
export async function appendCheckpoint(file: string, point: Checkpoint): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const apart = size > 0 && last.toString() !== '\n' ? '\n' : '';
    await handle.appendFile(`${apart}${JSON.stringify(point)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The checkpoints of a file, none where there is no file; and how many lines are none. */
export async function readCheckpoints(
  file: string,
): Promise<{ readonly points: readonly Checkpoint[]; readonly unread: number }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const points = lines.flatMap((line) => {
    const read = Checkpoint.safeParse(parsed(line));
    return read.success ? [read.data] : [];
  });
  return { points, unread: lines.length - points.length };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
