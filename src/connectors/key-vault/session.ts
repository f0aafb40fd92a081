// A session with one vault: asks without a token first, believes the challenge only within its cloud, and judges every answer.
import type { Dispatcher } from 'undici';
import { VaultRefusal } from '#domain/ports/vault.ts';
import type { VaultAddress } from '#domain/vault.ts';
import { call, type Line, type Reply } from './call.ts';
import { believed } from './challenge.ts';
import { apiVersion } from './limits.ts';
import type { Tokens } from './tokens.ts';
import { isPage, jsonOf, quoted, vaultError } from './words.ts';

export type Session = {
  /** The JSON of a 200; a VaultRefusal for everything else. `what` is how a sentence calls what is asked. */
  get(path: string, query: Readonly<Record<string, string>>, asked: Asked): Promise<unknown>;
};

export type Asked = {
  /** The secret's name, where one is asked for. */
  readonly secret?: string;
  readonly signal?: AbortSignal | undefined;
};

export type SessionOptions = Omit<Line, 'dispatcher'> & { readonly dispatcher: Dispatcher };

export function openSession(address: VaultAddress, tokens: Tokens, line: Line): Session {
  const send = (url: URL, token: string | undefined, signal: AbortSignal | undefined) => {
    const headers: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    return call({ method: 'GET', url, headers }, 'vault', line, signal);
  };
  const challenged = async (url: URL, signal: AbortSignal | undefined) => {
    const reply = await send(url, undefined, signal);
    if (reply.status === 401) return believed(reply.headers['www-authenticate'], address);
    // Without a token a vault tells nothing: whoever does is no vault, and gets no token.
    throw refusalOf(reply, url, {}, tokens);
  };
  return {
    async get(path, query, asked) {
      const url = new URL(path, `${address.url}/`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      url.searchParams.set('api-version', apiVersion);
      const { signal } = asked;
      const good = tokens.held();
      const first = good ?? (await tokens.current(await challenged(url, signal), signal));
      let reply = await send(url, first.reveal(), signal);
      if (reply.status === 401) {
        // Once more with a new token: it may have been withdrawn, or the vault wants more proved.
        tokens.forget(first);
        const challenge = believed(reply.headers['www-authenticate'], address);
        const second = await tokens.current(challenge, signal);
        reply = await send(url, second.reveal(), signal);
        if (reply.status === 401) tokens.forget(second);
      }
      if (reply.status !== 200) throw refusalOf(reply, url, asked, tokens);
      const json = isPage(reply) ? undefined : jsonOf(reply.text);
      if (json === undefined) throw noVault(url, reply);
      return json;
    },
  };
}

function noVault({ host }: URL, { status }: Reply): VaultRefusal {
  return new VaultRefusal(
    'answer.malformed',
    `${host} does not answer as a key vault does (status ${status}); check the address of the vault, and any proxy before it.`,
    false,
    { status },
  );
}

/** Forbidden has many reasons; the innermost one names the cure. */
const forbidden: Readonly<Record<string, { code: VaultRefusal['code']; cure: string }>> = {
  ForbiddenByFirewall: {
    code: 'network.refused',
    cure: 'let in the address of this machine in the vault’s networking settings',
  },
  ForbiddenByConnection: {
    code: 'network.refused',
    cure: 'allow public access in the vault’s networking settings, or use its private endpoint',
  },
};

function refusalOf(reply: Reply, url: URL, { secret }: Asked, tokens: Tokens): VaultRefusal {
  const { status } = reply;
  const { host } = url;
  const { code, reason, said } = vaultError(reply.text);
  const words = quoted(said, tokens.secrets());
  const refused = (kind: VaultRefusal['code'], sentence: string, retryable = false) =>
    new VaultRefusal(kind, sentence, retryable, { status, code, reason });
  if (status >= 300 && status < 400) {
    const sentence = `${host} sends the hub on to another address; it takes its token to no other, so enter the final one.`;
    return refused('address.refused', sentence);
  }
  if (status === 401) {
    const sentence = `${host} refuses a token it has just asked for; check that the identity belongs to the vault’s tenant${words}.`;
    return refused('token.refused', sentence);
  }
  if (status === 403 && reason === 'SecretDisabled' && secret !== undefined) {
    const sentence = `The secret "${secret}" is disabled in ${host}; enable it there, or name another.`;
    return refused('secret.disabled', sentence);
  }
  if (status === 403) {
    const known = forbidden[reason];
    return known === undefined
      ? refused(
          'permission.missing',
          `${host} does not let the hub read ${secret === undefined ? 'its secrets' : `"${secret}"`}; give its identity the role Key Vault Secrets User${words}.`,
        )
      : refused(known.code, `${host} is closed to this network; ${known.cure}${words}.`);
  }
  if (status === 404 && code === 'SecretNotFound' && secret !== undefined) {
    const sentence = `${host} has no secret "${secret}"; check the name, or recover it there if it was deleted.`;
    return refused('secret.unknown', sentence);
  }
  if (status === 429) {
    const sentence = `${host} takes no more requests for now; the hub tries again later.`;
    return refused('vault.busy', sentence, true);
  }
  if (status >= 500) {
    const sentence = `${host} failed with status ${status}${words}; try again later, and look at Azure’s service health if it stays.`;
    return refused('vault.failed', sentence, true);
  }
  if (code === '' || isPage(reply)) return noVault(url, reply);
  return refused('vault.failed', `${host} refuses the request with ${code}${words}.`);
}
