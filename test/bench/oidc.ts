// A sign-on with OpenID Connect: what its beginning, and its end with session, attempt and audit entry, cost the
// hub's process in CPU time, beside a bare openid-client that keeps nothing. The provider is another process; the browser's part is not counted.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { nobody } from '#domain/actor.ts';
import { openTrace } from '#domain/sso/trace.ts';
import { beginOidc } from '#features/sso/oidc/begin.ts';
import { callbackRoutes } from '#features/sso/oidc/callback.ts';
import { secretPlace } from '#features/sso/secrets.ts';
import { Secret } from '#lib/secret.ts';
import { aUser } from '#test/servers/access.ts';
import { person } from '#test/servers/misbehaving-op.ts';
import { anSsoApplication, type SignOns, signOns } from '#test/servers/sign-ons.ts';
import { median } from './median.ts';
import type { Bench } from './row.ts';

const goalMs = 10;
const [warmUp, rounds, signOnsARound] = [20, 8, 15];
/** As the provider of the benchmark knows us. */
const [clientId, clientSecret] = ['the-hub', 'a secret of the hub, of its own'];

const halves = ['begins', 'ends'] as const;
type Half = (typeof halves)[number];

/** One sign-on; `counted` runs what is the hub's own share of a half of it. */
type SignOn = (counted: <T>(half: Half, work: () => Promise<T>) => Promise<T>) => Promise<void>;
type Spent = Record<Half, number[]>;

export const oidc: Bench = {
  name: 'oidc',
  async run() {
    using provider = aProvider();
    const base = await provider.base;
    await using stage = await signOns();
    stage.hub.time.now = new Date();
    const spent: Record<'hub' | 'bare', Spent> = {
      hub: { begins: [], ends: [] },
      bare: { begins: [], ends: [] },
    };
    const each = { hub: await signOnAtHub(stage, base), bare: await bareSignOn(base) };
    // A hub runs for weeks: what is measured is compiled already.
    for (let round = -warmUp; round < rounds; round += 1) {
      for (const name of ['hub', 'bare'] as const) {
        const ms = await cpuMs(each[name]);
        for (const half of halves) if (round >= 0) spent[name][half].push(ms[half]);
      }
    }
    return halves.map((half) => {
      const [ours, theirs] = [median(spent.hub[half]), median(spent.bare[half])];
      return {
        issue: 4,
        name: `Sign-on with OpenID Connect ${half}, CPU of the hub`,
        value: ours,
        unit: 'ms',
        reference: 'bare openid-client, nothing kept',
        referenceValue: theirs,
        ratio: ours / theirs,
        goal: `under ${goalMs} ms`,
        ok: ours < goalMs,
      };
    });
  },
};

async function cpuMs(signOn: SignOn): Promise<Record<Half, number>> {
  const microseconds = { begins: 0, ends: 0 };
  for (let time = 0; time < signOnsARound; time += 1) {
    await signOn(async (half, work) => {
      const before = process.cpuUsage();
      const done = await work();
      const { user, system } = process.cpuUsage(before);
      microseconds[half] += user + system;
      return done;
    });
  }
  const one = 1000 * signOnsARound;
  return { begins: microseconds.begins / one, ends: microseconds.ends / one };
}

async function signOnAtHub(stage: SignOns, base: string): Promise<SignOn> {
  const { ports, hub } = stage;
  await aUser(hub, { name: person.name, email: person.email });
  const made = await anSsoApplication(stage, { issuer_url: base, client_id: clientId });
  const place = secretPlace('sealed_client_secret', made.id);
  await hub.database.db
    .updateTable('sso_applications')
    .set({ sealed_client_secret: ports.sealing.seal(place, new Secret(clientSecret)) })
    .where('id', '=', made.id)
    .execute();
  const [callback] = callbackRoutes(ports);
  if (callback === undefined) throw new Error('There is no callback.');
  return async (counted) => {
    const trace = openTrace();
    const start = { purpose: 'sign-in', entity: undefined, back: '/', headers: {}, trace } as const;
    const begun = await counted('begins', () => beginOidc(ports, made, start));
    const cookie = String(begun.headers?.['set-cookie']).split(';', 1)[0] ?? '';
    const back = await throughBrowser(String(begun.headers?.location));
    const answer = await counted('ends', () =>
      callback.handle({
        params: { guid: made.guid },
        query: Object.fromEntries(back.searchParams),
        body: undefined,
        search: back.search,
        actor: nobody,
        headers: { cookie, 'user-agent': 'a browser' },
        ip: '192.0.2.7',
        signal: new AbortController().signal,
      }),
    );
    if (answer.status !== 303) throw new Error(`The sign-on was answered with ${answer.status}.`);
  };
}

async function bareSignOn(base: string): Promise<SignOn> {
  const options = { execute: [allowInsecureRequests] };
  const client = await discovery(new URL(base), clientId, clientSecret, undefined, options);
  const redirect = 'http://hub.larkfield.test/auth/callback';
  return async (counted) => {
    const verifier = randomPKCECodeVerifier();
    const [state, nonce] = [randomState(), randomNonce()];
    const url = await counted('begins', async () =>
      buildAuthorizationUrl(client, {
        ...{ redirect_uri: redirect, scope: 'openid profile email', state, nonce },
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
    );
    const back = await throughBrowser(url.href);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    await counted('ends', () => authorizationCodeGrant(client, back, checks));
  };
}

async function throughBrowser(address: string): Promise<URL> {
  const led = await fetch(address, { redirect: 'manual' });
  return new URL(led.headers.get('location') ?? '');
}

function aProvider(): Disposable & { readonly base: Promise<string> } {
  const program = join(import.meta.dirname, '..', 'processes', 'op-server.ts');
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const base = new Promise<string>((resolve, reject) => {
    child.once('message', (said) => resolve(z.object({ base: z.string() }).parse(said).base));
    child.once('exit', (code) => reject(new Error(`the provider ended with ${code}`)));
  });
  return { base, [Symbol.dispose]: () => void child.disconnect() };
}
