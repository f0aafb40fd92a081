// One provider as one application sees it: its document and its keys, read when needed and kept for a while.
import type { CustomFetch } from 'openid-client';
import { z } from 'zod';
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import { checkDocument, type Document } from './document.ts';
import { NoAnswer, openLine } from './fetch.ts';
import { type Kept, kept } from './kept.ts';
import type { OidcLimits } from './limits.ts';
import { placeOf } from './place.ts';

export type Jwk = Readonly<Record<string, unknown>>;

export type Keys = Kept<readonly Jwk[]>;

export type Provider = AsyncDisposable & {
  readonly fetch: CustomFetch;
  readonly limits: OidcLimits;
  document(trace: Trace, now: Date): Promise<Document>;
  keys(document: Document): Keys;
};

export function openProvider(client: OidcClient, limits: OidcLimits): Provider {
  const line = openLine(client.allowance, limits);
  let documents: Kept<unknown> | undefined;
  let keys: { readonly uri: string; readonly kept: Keys } | undefined;
  return {
    fetch: line.fetch,
    limits,
    async document(trace, now) {
      const place = placeOf(client, trace);
      documents ??= kept(() => readJson(line.fetch, place.document.href), limits.documentMs);
      const read = await documents.get(now).catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error;
        return trace.refuse(
          'oidc.discovery',
          error.message,
          { address: place.document.href },
          error,
        );
      });
      trace.passed('oidc.discovery', { address: place.document.href });
      return checkDocument(read, place, client, trace);
    },
    keys({ jwks_uri: uri }) {
      if (keys?.uri !== uri) {
        keys = { uri, kept: kept(() => readKeys(line.fetch, uri, limits), limits.documentMs) };
      }
      return keys.kept;
    },
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}

const KeySet = z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) });

async function readKeys(fetch: CustomFetch, uri: string, limits: OidcLimits): Promise<Jwk[]> {
  const set = KeySet.safeParse(await readJson(fetch, uri));
  const { host } = new URL(uri);
  if (!set.success) throw new NoAnswer(`${host} sends something that is no set of keys (JWKS).`);
  if (set.data.keys.length > limits.keysMax) {
    throw new NoAnswer(`${host} sends more than ${limits.keysMax} keys.`);
  }
  return set.data.keys;
}

async function readJson(fetch: CustomFetch, address: string): Promise<unknown> {
  const response = await fetch(address, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  });
  const { host } = new URL(address);
  if (response.status !== 200) {
    throw new NoAnswer(`${host} answers with the status ${response.status}.`);
  }
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json *(?:;|$)/i.test(type)) {
    throw new NoAnswer(`${host} answers with "${type.slice(0, 60)}" instead of JSON.`);
  }
  try {
    return JSON.parse(await response.text());
  } catch (error) {
    throw new NoAnswer(`${host} answers with JSON that cannot be read.`, error);
  }
}
