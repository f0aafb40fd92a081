import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { type Operation, operationsOf } from '#test/contracts/fuzz-openapi.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { type Application, applicationOf, callerOf } from '#test/servers/hub-session.ts';

const Token = z.looseObject({
  access_token: z.string(),
  expires_in: z.int(),
  token_type: z.literal('Bearer'),
});
const View = z.looseObject({ record_count: z.int(), page_no: z.int(), page_size: z.int() });

const pieceBytes = 512 * 1024;

let hub: RunningHub;
let program: Application;
let operations: Operation[];
before(async () => {
  hub = await aHub({ lab: true });
  program = await applicationOf(hub);
  operations = operationsOf((await callerOf(hub, {}).get('/openapi.json')).body);
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

function deepCriteria(depth: number): string {
  const scope = `${'{"not":'.repeat(depth)}{"all":[]}${'}'.repeat(depth)}`;
  return `{"name":"Deep","scope":${scope}}`;
}

/** A path with ids of the kind that it takes. */
function placeOf({ path, parameters }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const told = JSON.stringify(parameters.find((one) => one.in === 'path' && one.name === name));
    const takesNumbers = told.includes('"integer"') || told.includes('"number"');
    if (path.startsWith('/s/') && name === 'id') return 'E8UkuUKIZKA9q1TjAA0hvQ';
    return takesNumbers || name === 'slot' || name === 'part'
      ? '1'
      : '01890000-0000-7000-8000-000000000005';
  });
}

/** Sends what the hub cares to read: who is refused before the end of a long body need not send the rest. */
async function refusalOf(
  method: string,
  url: URL,
  body: Buffer,
): Promise<{ readonly status: number; readonly said: string }> {
  const headers = {
    ...program.headers,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const asked = request(url, { method, headers, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).on('error', reject);
  });
  let isAnswered = false;
  asked.once('response', () => {
    isAnswered = true;
  });
  for (let at = 0; at < body.length && !isAnswered; at += pieceBytes) {
    if (!asked.write(body.subarray(at, at + pieceBytes))) {
      await Promise.race([once(asked, 'drain'), answered]);
    }
  }
  if (!isAnswered) asked.end();
  const response = await answered;
  const said = await text(response);
  asked.destroy();
  return { status: response.statusCode ?? 0, said };
}

describe('A program written for Halo', () => {
  it('connects as HaloAPI does, with what `application create` printed', async () => {
    const nobody = callerOf(hub, {});
    const info = z
      .looseObject({ auth_url: z.string(), tenant_id: z.string() })
      .parse((await nobody.get('/api/AuthInfo')).body);
    const auth = info.auth_url.replace(/\/$/, '');

    const response = await fetch(`${auth}/token?tenant=${info.tenant_id}`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: program.clientId,
        client_secret: program.clientSecret,
        scope: 'all',
      }),
    });
    const token = Token.parse(await response.json());
    const authorization = `${token.token_type} ${token.access_token}`;
    const list = (await callerOf(hub, { authorization }).get('/api/lookup?lookupid=11')).body;

    assert.ok(token.expires_in > 0);
    assert.ok(z.array(z.looseObject({ id: z.int(), name: z.string() })).parse(list).length > 0);
  });

  it('reads every user page by page, as the Go client loops', async () => {
    const ids = new Set<number>();
    const query = 'pageinate=true&page_size=7&includeinactive=true';
    for (let page = 1; page < 30; page += 1) {
      const { body } = await program.get(`/api/Users?${query}&page_no=${page}`);
      const { record_count, page_no, page_size } = View.parse(body);
      const { users } = z.object({ users: z.array(z.looseObject({ id: z.int() })) }).parse(body);
      for (const { id } of users) ids.add(id);
      if (page_no * page_size >= record_count) {
        assert.equal(ids.size, record_count);
        return;
      }
    }
    assert.fail('the loop did not end');
  });

  it('makes a ticket as CIPP does, and loads its choices as N8N does', async () => {
    const ticket = { summary: 'A printer', details: 'It hums.', files: null, tickettype_id: 1 };
    const made = await program.post('/api/Tickets', [ticket]);
    assert.equal(made.status, 201, made.text);
    const { id } = z.looseObject({ id: z.int() }).parse(made.body);
    const note = { ticket_id: id, outcome_id: 7, note: 'Seen.', hiddenfromuser: true };
    assert.equal((await program.post('/api/actions', [note])).status, 201);

    for (const path of ['/api/agent', '/api/TicketType', '/api/Status', '/api/Priority']) {
      assert.ok(z.array(z.unknown()).safeParse((await program.get(path)).body).success, path);
    }
  });
});

describe('Every operation of the whole hub', () => {
  const wrongBodies = [
    ['malformed', '{"name": ', [400]],
    ['of another type', '"x"', [400]],
    ['criteria within criteria without end', deepCriteria(20_000), [400, 413]],
    ['nested ten thousand deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, [400]],
    ['of 20 MB', `"${'x'.repeat(20 * 1024 * 1024)}"`, [413]],
  ] as const;
  for (const [title, body, statuses] of wrongBodies) {
    it(`refuses a body that is ${title}`, async () => {
      const taking = operations.filter((one) => one.body?.type === 'application/json');
      assert.ok(taking.length > 20);
      const bytes = Buffer.from(body);
      for (const operation of taking) {
        const { method, path } = operation;
        const place = placeOf(operation);
        const { status, said } = await refusalOf(method, new URL(place, hub.url), bytes);
        assert.ok(
          // A file of 20 MB is let in, and found to be none.
          statuses.some((wanted) => wanted === status) ||
            (path === '/api/Attachment' && status === 400),
          `${method} ${path} -> ${status} ${said.slice(0, 300)}`,
        );
        assert.match(said, /request\.(malformed|invalid|too-large)/);
      }
    });
  }
});
