// A signed token of a provider's: what both kinds, ID token and logout token, are checked for first.
import { compactVerify } from 'jose';
import { z } from 'zod';
import type { Trace } from '#domain/sso/trace.ts';
import type { Document } from './document.ts';
import { algorithms, type Header, keyOf } from './keys.ts';
import { tokenLimits } from './limits.ts';
import type { Provider } from './provider.ts';
import { shortened } from './said.ts';

export type TokenClaims = Readonly<Record<string, unknown>>;

export type Verified = { readonly claims: TokenClaims; readonly alg: string };

/** jku, x5u, jwk and x5c may stand in it and are never looked at: keys come from the document alone. */
const TokenHeader = z.looseObject({
  alg: z.string(),
  kid: z.string().exactOptional(),
  typ: z.string().exactOptional(),
});

const Claims = z.record(z.string(), z.unknown());

/** The claims as they stand in the bytes that the signature covers; nothing was read of them before. */
export async function verifyToken(
  token: string,
  {
    provider,
    document,
    types,
  }: {
    readonly provider: Provider;
    readonly document: Document;
    /** What `typ` may say, in lower case; it may be absent. */
    readonly types: readonly string[];
  },
  trace: Trace,
  now: Date,
): Promise<Verified> {
  const header = readHeader(token, trace);
  checkAlgorithm(header.alg, document, trace);
  const type = header.typ?.toLowerCase().replace(/^application\//, '');
  if (type !== undefined && !types.includes(type)) {
    trace.refuse('oidc.type', `The token is of the type "${shortened(type)}".`);
  }
  trace.passed('oidc.type', { type: type ?? 'none' });
  const key = await keyOf(provider.keys(document), header, provider.limits, trace, now);
  const payload = await compactVerify(token, key, { algorithms: [header.alg] }).then(
    (verified) => verified.payload,
    (error: unknown) =>
      trace.refuse(
        'oidc.signature',
        'The signature is not the one of the key that the token names.',
        { algorithm: header.alg },
        error,
      ),
  );
  trace.passed('oidc.signature', { algorithm: header.alg });
  return { claims: readClaims(payload, trace), alg: header.alg };
}

function readHeader(token: string, trace: Trace): Header & { readonly typ?: string } {
  const malformed = (because: string): never => trace.refuse('oidc.token-format', because);
  if (token.length > tokenLimits.charactersMax) {
    return malformed(`The token has more than ${tokenLimits.charactersMax} characters.`);
  }
  const parts = token.split('.');
  if (parts.length === 5) return malformed('The token is encrypted.');
  const [first] = parts;
  if (parts.length !== 3 || first === undefined || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
    return malformed('The token is no JWT of three parts.');
  }
  const header = TokenHeader.safeParse(parsed(Buffer.from(first, 'base64url')));
  if (!header.success) return malformed('The header of the token cannot be read.');
  // RFC 7515 §4.1.11: an extension that must be understood and is not, refuses. So does an unencoded payload.
  if ('crit' in header.data || 'b64' in header.data || 'zip' in header.data) {
    return malformed('The token asks for an extension that is unknown here.');
  }
  trace.passed('oidc.token-format', { characters: token.length });
  return header.data;
}

function checkAlgorithm(alg: string, document: Document, trace: Trace): void {
  const announced = document.id_token_signing_alg_values_supported;
  const unknown = !Object.hasOwn(algorithms, alg);
  if (unknown || (announced !== undefined && !announced.includes(alg))) {
    trace.refuse(
      'oidc.algorithm',
      unknown
        ? `The token is signed with "${shortened(alg)}", which is never taken.`
        : `The token is signed with ${alg}, which the provider does not announce.`,
    );
  }
  trace.passed('oidc.algorithm', { algorithm: alg });
}

function readClaims(payload: Uint8Array, trace: Trace): TokenClaims {
  const claims = Claims.safeParse(parsed(payload));
  if (!claims.success) {
    return trace.refuse('oidc.token-format', 'What the token says cannot be read.');
  }
  return claims.data;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
