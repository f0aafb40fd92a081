// The lab's key vault: over TLS on loopback, with its own login and the two services that give machines their tokens.
import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { Clock } from '#lib/clock.ts';
import { type Asked, readAsked, type Scene, send } from './answers.ts';
import { type LabIdentity, type Login, openLogin } from './login.ts';
import { type Put, type Shelf, shelf } from './secrets.ts';
import { vaultAnswer } from './vault-routes.ts';

export type KeyVaultSettings = {
  readonly certificate: { readonly key: string; readonly cert: string };
  /** 0 or left out: a free one. */
  readonly port?: number;
  readonly tenantId: string;
  readonly identities: readonly LabIdentity[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly identityHeader: string;
  /** Where the vault says that tokens are had; itself when left out. */
  readonly login?: string;
  readonly tokenSeconds?: number;
  readonly clock: Clock;
};

export type LabKeyVault = AsyncDisposable & {
  /** https://127.0.0.1 and the port. */
  readonly url: string;
  readonly port: number;
  /** The same over plain HTTP, for the services that give machines their tokens. */
  readonly identityPort: number;
  readonly secrets: Pick<Shelf, 'find' | 'change' | 'delete'> & {
    put(name: string, given: string | Put): void;
  };
  readonly login: Pick<Login, 'give' | 'withdraw'>;
  /** Everything that was asked, in order. */
  readonly asked: readonly Asked[];
  /** What to answer instead of the truth, until told otherwise. */
  play(scene: Scene | undefined): void;
};

const resource = 'https://vault.azure.net';
const askedKeptMax = 1_000;

export async function startKeyVault(settings: KeyVaultSettings): Promise<LabKeyVault> {
  const seconds = () => Math.floor(settings.clock().getTime() / 1000);
  const secrets = shelf(seconds);
  for (const [name, value] of Object.entries(settings.secrets)) secrets.put(name, { value });
  const { tenantId, identities, identityHeader, tokenSeconds = 3_600 } = settings;
  const rules = { tenantId, resource, seconds };
  const login = openLogin({ ...rules, identities, identityHeader, tokenSeconds });
  const vault = { ...rules, secrets, roleOf: login.roleOf };
  const asked: Asked[] = [];
  let scene: Scene | undefined;
  const listener =
    (scheme: 'http' | 'https'): RequestListener =>
    async (request, response) => {
      try {
        const one = await readAsked(request, scheme, settings.login);
        if (asked.length < askedKeptMax) asked.push(one);
        const nth = asked.filter(({ path }) => path === one.path).length;
        send(response, scene?.(one, nth) ?? (await login.answer(one)) ?? vaultAnswer(vault, one));
      } catch {
        send(response, { status: 400, body: { error: { code: 'BadParameter', message: '' } } });
      }
    };
  const secure = createServer(settings.certificate, listener('https'));
  const plain = createPlainServer(listener('http'));
  const port = await listening(secure, settings.port ?? 0);
  const identityPort = await listening(plain, 0);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    identityPort,
    secrets: {
      find: secrets.find,
      change: secrets.change,
      delete: secrets.delete,
      put: (name, given) =>
        void secrets.put(name, typeof given === 'string' ? { value: given } : given),
    },
    login,
    asked,
    play(next) {
      scene = next;
      asked.length = 0;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([closed(secure), closed(plain)]);
    },
  };
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('It does not listen.');
  return address.port;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
