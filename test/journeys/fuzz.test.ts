// The whole hub asked everything its OpenAPI document allows, and much that it forbids, by several callers.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import {
  documentFaults,
  type FuzzOptions,
  fuzzOperation,
  type Operation,
  operationsOf,
} from '#test/contracts/fuzz-openapi.ts';
import { sundog } from '#test/servers/command-line.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { type Application, applicationOf, personOf } from '#test/servers/hub-session.ts';

/** Of each route by whoever may do everything; half of them with one thing made wrong. */
const runs = 15;

/** Waits until the hub ends, or ends the very caller. */
const apart = /^(get.*Events|postAuthRevoke)$/;

let hub: RunningHub;
let program: Application;
let document: unknown;
let operations: readonly Operation[];
let known: readonly string[];
let ordinary: Awaited<ReturnType<typeof personOf>>;

before(async () => {
  hub = await aHub({ lab: true });
  // Before anything is tried at random: that may also change how people sign in.
  const words = ['--name', 'Hugo Prat', '--email', 'hugo.prat@larkfield.test', '--json'];
  const made = (await sundog(hub, 'agent', 'create', ...words)).json();
  ordinary = await personOf(hub, 'hugo.prat@larkfield.test', String(made.password));
  program = await applicationOf(hub);
  document = (await program.get('/openapi.json')).body;
  operations = operationsOf(document).filter(({ id }) => !apart.test(id));
  known = await knownIds();
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

/** The ids of what the lab holds: of everything that a list without parameters shows. */
async function knownIds(): Promise<readonly string[]> {
  const lists = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  const texts: string[] = [];
  for (const { path } of lists) {
    if (/applications?$/i.test(path)) continue;
    const response = await fetch(new URL(path, hub.url), { headers: program.headers });
    if (response.headers.get('content-type')?.startsWith('application/json') === true) {
      texts.push(await response.text());
    } else await response.body?.cancel();
  }
  const ids = texts.join('\n').match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
  return [...new Set(ids)].slice(0, 300);
}

function options(headers: FuzzOptions['headers'], more: Partial<FuzzOptions> = {}): FuzzOptions {
  return { base: new URL(hub.url), document, headers, runs, known, ...more };
}

/** All faults of all operations, so that one does not hide the others. */
async function faultsOf(asked: FuzzOptions, of: readonly Operation[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const operation of of) {
    await fuzzOperation(asked, operation).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      faults.push(`${operation.id}: ${String(cause).slice(0, 600)}`);
    });
  }
  return faults;
}

describe('The whole OpenAPI document', () => {
  it('can be read by a client generator', () => {
    assert.deepEqual(documentFaults(document), []);
    assert.ok(operations.length > 150, `${operations.length} operations`);
  });
});

const credentials: readonly (readonly [string, () => Promise<FuzzOptions['headers']>])[] = [
  ['no credentials', async () => ({})],
  ['a token that is none', async () => ({ authorization: 'Bearer not-a-token' })],
  ['a key that is none', async () => ({ 'x-halo-api-key': 'not-a-key' })],
  ['a token that was taken back', revoked],
  ['a token of a disabled application', disabled],
];

describe('Every guarded route refuses', () => {
  for (const [title, headers] of credentials) {
    it(`${title}, before it looks at anything else`, async () => {
      const sent = await headers();
      const wrong: string[] = [];

      for (const { id, method, path, responses } of operations) {
        if (responses['401'] === undefined || /^\/(auth|reset)/.test(path)) continue;
        const url = new URL(path.replaceAll(/\{\w+\}/g, '1'), hub.url);
        const { status } = await fetch(url, {
          method,
          redirect: 'manual',
          headers: { ...sent, 'content-type': 'application/json' },
          ...(method === 'GET' ? {} : { body: '{}' }),
        });
        if (![401, 303].includes(status)) wrong.push(`${id} ${status}`);
      }

      assert.deepEqual(wrong, []);
    });
  }
});

const Made = z.looseObject({
  application: z.looseObject({ id: z.string(), clientId: z.string() }),
  clientSecret: z.string(),
});
const Token = z.looseObject({ access_token: z.string() });

async function another(scopes: readonly string[] = ['all'], more: object = {}) {
  const answer = await program.post('/v1/applications', { name: 'Another', scopes, ...more });
  const { application, clientSecret } = Made.parse(answer.body);
  const form = {
    ...{ grant_type: 'client_credentials', client_id: application.clientId },
    client_secret: clientSecret,
  };
  const response = await fetch(new URL('/auth/token', hub.url), {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const { access_token } = Token.parse(await response.json());
  return { application, form, headers: { authorization: `Bearer ${access_token}` }, access_token };
}

async function revoked(): Promise<FuzzOptions['headers']> {
  const { form, headers, access_token } = await another();
  const { client_id, client_secret } = form;
  await fetch(new URL('/auth/revoke', hub.url), {
    method: 'POST',
    body: new URLSearchParams({ client_id, client_secret, token: access_token }),
  });
  return headers;
}

async function disabled(): Promise<FuzzOptions['headers']> {
  const { application, headers } = await another();
  const answer = await program.post(`/v1/applications/${application.id}/disable`);
  assert.equal(answer.status, 200, answer.text);
  return headers;
}

describe('An application bound to one client', () => {
  it('never hears of another, whatever it asks', async () => {
    const secret = 'Quillfeather and Partners';
    const made = await program.post('/api/Client', [{ name: secret }]);
    const { id, main_site_id } = z
      .looseObject({ id: z.int(), main_site_id: z.int() })
      .parse(made.body);
    await program.post('/api/Users', [{ name: `${secret} user`, site_id: main_site_id }]);
    await program.post('/api/Tickets', [{ summary: `${secret} ticket`, client_id: id }]);
    await program.post('/api/Asset', [{ inventory_number: secret, site_id: main_site_id }]);
    const { headers } = await another(['all'], { boundClientId: 1 });

    const desk = operations.filter(({ path }) => path.startsWith('/api/'));
    const faults = await faultsOf(options(headers, { forbidden: [secret] }), desk);

    assert.deepEqual(faults, []);
  });
});

// The last: whoever may do everything may also end the very program that the others need.
describe('The whole hub', () => {
  it('tells the truth to an agent with few rights', async () => {
    const signedIn = operations.filter(({ path }) => !path.startsWith('/auth/'));
    assert.deepEqual(await faultsOf(options(ordinary.headers, { runs: 4 }), signedIn), []);
  });

  it('tells the truth to whoever may do everything', async () => {
    assert.deepEqual(await faultsOf(options(program.headers), operations), []);
  });

  it('tells the truth to whoever may do nothing', async () => {
    assert.deepEqual(await faultsOf(options({}, { runs: 3 }), operations), []);
  });
});
