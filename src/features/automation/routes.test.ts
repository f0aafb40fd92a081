import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { openServer, type Server } from '#http/server.ts';
import { silentLog } from '#lib/log.ts';
import {
  anActor,
  anAutomationOn,
  aStage,
  aWebhookOn,
  aWorld,
  ended,
  rosa,
  type Stage,
} from '#test/automation/stage.ts';
import { anAnswer } from '#test/faults/memory-application.ts';
import { aDefinition, aRow, halo } from '#test/planning/larkfield.ts';
import { openRunEvents, type RunEvents } from './events.ts';
import { automationRoutes } from './routes.ts';

const unknownId = '01890000-0000-7000-8000-00000000dead';

let world: ReturnType<typeof aWorld>;
let stage: Stage;
let runEvents: RunEvents;
let server: Server;
let workers: AsyncDisposable;
let address: URL;

before(async () => {
  world = aWorld([{ id: 1 }, { id: 2, surname: 'Moreau' }]);
  stage = await aStage(world);
  const { connectionString } = stage.database;
  runEvents = await openRunEvents({ connectionString, log: silentLog });
  server = await openServer({
    routes: automationRoutes({ ...stage.ports, runEvents }),
    authenticate: async ({ headers }) => callerOf(String(headers.authorization ?? '')),
    publicUrl: new URL('http://127.0.0.1'),
    version: 'test',
    log: silentLog,
    ready: async () => [],
  });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
  workers = await stage.work();
});

after(async () => {
  await workers[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await runEvents[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** Bearer tokens of this test: "rosa", or the permissions held, or "client N". */
function callerOf(header: string): { readonly actor: Actor } | undefined {
  const token = header.replace(/^Bearer /, '');
  if (token === '') return undefined;
  if (token === 'rosa') return { actor: rosa };
  if (token.startsWith('client ')) {
    return { actor: anActor('Hugo Prat', ['admin'], { clientId: Number(token.slice(7)) }) };
  }
  if (token === 'program') return { actor: anActor('P', ['admin'], { kind: 'application' }) };
  const held = token.split(',').filter((word): word is Permission => word !== 'nothing');
  return { actor: anActor('Somebody', held) };
}

const Answer = z.looseObject({ code: z.string().optional(), id: z.string().optional() });

async function ask(
  method: string,
  path: string,
  given: { readonly as?: string; readonly body?: unknown; readonly raw?: string } = {},
) {
  const { as = 'rosa', body, raw } = given;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(new URL(path, address), {
    method,
    headers: {
      ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const said = await response.text();
  const json = said.startsWith('{') ? Answer.parse(JSON.parse(said)) : Answer.parse({});
  return { status: response.status, json, text: said };
}

/** Every endpoint, with the permissions it asks for beyond being signed in. */
const table: readonly (readonly [string, string, readonly Permission[]])[] = [
  ['GET', '/v1/overview', ['plans:read']],
  ['GET', '/v1/automations', ['automations:read']],
  ['POST', '/v1/automations', ['automations:edit']],
  ['GET', '/v1/automations/:id', ['automations:read']],
  ['PATCH', '/v1/automations/:id', ['automations:edit']],
  ['DELETE', '/v1/automations/:id', ['automations:edit']],
  ['POST', '/v1/automations/:id/state', ['automations:edit']],
  ['POST', '/v1/automations/:id/plan', ['plans:create']],
  ['GET', '/v1/automations/:id/people/:key/explanation', ['plans:create']],
  ['DELETE', '/v1/automations/:id/people/:key/link', ['automations:edit', 'plans:approve']],
  ...['inbound-endpoints', 'mappings', 'outbound-webhooks'].flatMap((kind) => [
    ['GET', `/v1/${kind}`, ['automations:read']] as const,
    ['GET', `/v1/${kind}/preconfigured`, ['automations:read']] as const,
    ['POST', `/v1/${kind}`, ['automations:edit']] as const,
    ['GET', `/v1/${kind}/:id`, ['automations:read']] as const,
    ['PATCH', `/v1/${kind}/:id`, ['automations:edit']] as const,
    ['DELETE', `/v1/${kind}/:id`, ['automations:edit']] as const,
  ]),
  ['POST', '/v1/inbound-endpoints/:id/test', ['automations:edit']],
  ['POST', '/v1/outbound-webhooks/:id/test', ['automations:edit', 'plans:apply']],
  ['GET', '/v1/plans', ['plans:read']],
  ['GET', '/v1/plans/:id', ['plans:read']],
  ['GET', '/v1/plans/:id/changes', ['plans:read']],
  ['GET', '/v1/plans/:id/download', ['plans:read']],
  ['POST', '/v1/plans/:id/approve', ['plans:approve']],
  ['POST', '/v1/plans/:id/reject', ['plans:approve']],
  ['POST', '/v1/plans/:id/apply', ['plans:apply']],
  ['GET', '/v1/runs', ['plans:read']],
  ['GET', '/v1/runs/:id', ['plans:read']],
  ['GET', '/v1/runs/:id/outcomes', ['plans:read']],
  ['GET', '/v1/runs/:id/events', ['plans:read']],
  ['POST', '/v1/runs/:id/undo', ['plans:create']],
  ['POST', '/v1/runs/:id/passwords/:changeId/reveal', ['passwords:reveal']],
];

const everyRight: readonly Permission[] = [
  ...(['automations:read', 'automations:edit', 'plans:read', 'plans:create'] as const),
  ...(['plans:approve', 'plans:apply', 'passwords:reveal'] as const),
];

function at(path: string): string {
  return path.replace(':id', unknownId).replace(/:(key|changeId)/, 'x');
}

describe('The endpoints of automation', () => {
  it('are all in this table of who may call them', () => {
    const routes = automationRoutes({ ...stage.ports, runEvents });

    const spelt = routes.map(({ method, path, access }) => `${method} ${path} ${access}`);
    const expected = table.map(([method, path, access]) => `${method} ${path} ${access}`);
    assert.deepEqual(spelt.toSorted(), expected.toSorted());
  });

  for (const [method, path, access] of table) {
    it(`refuse ${method} ${path} to whoever lacks the right or is not signed in`, async () => {
      const signedOut = await ask(method, at(path), { as: '' });
      assert.equal(signedOut.status, 401);

      for (const lacking of access) {
        const others = everyRight.filter((right) => right !== lacking);
        const refused = await ask(method, at(path), { as: others.join(','), body: undefined });
        assert.equal(refused.status, 403, refused.text);
      }
    });

    if (path.includes(':id')) {
      it(`say of ${method} ${path} that an unknown id is unknown`, async () => {
        const body = bodies[`${method} ${path}`] ?? (method === 'GET' ? undefined : {});
        const unknown = await ask(method, at(path), {
          body: method === 'DELETE' ? undefined : body,
        });
        const malformed = await ask(method, path.replace(':id', 'nonsense').replace(/:\w+/, 'x'), {
          body: method === 'DELETE' ? undefined : body,
        });

        assert.equal(unknown.status, 404, unknown.text);
        assert.equal(malformed.status, 404, malformed.text);
      });
    }

    if (method === 'POST' || method === 'PATCH') {
      it(`refuse ${method} ${path} with a body that cannot be read or does not fit`, async () => {
        if (path === '/v1/inbound-endpoints/:id/test') return;
        const unreadable = await ask(method, at(path), { raw: '{"a":' });
        const wrong = await ask(method, at(path), { body: [1, 2, 3] });

        assert.equal(unreadable.status, 400, unreadable.text);
        assert.equal(unreadable.json.code, 'request.malformed');
        assert.ok(wrong.status === 400 || wrong.status === 422, wrong.text);
      });
    }
  }
});

const bodies: Readonly<Record<string, unknown>> = {
  'POST /v1/automations/:id/state': { state: 'active' },
  'POST /v1/plans/:id/approve': { hash: 'x' },
};

describe('An administrator', () => {
  it('makes endpoint, mapping and automation, plans, approves, applies, watches and undoes', async () => {
    const definition = aDefinition();
    const [given] = definition.endpoints;
    const { id: _, ...endpoint } = { ...given, name: 'Halo users' };
    const { id: __, ...mapping } = definition.mapping;
    const madeEndpoint = await ask('POST', '/v1/inbound-endpoints', { body: endpoint });
    assert.equal(madeEndpoint.status, 201, madeEndpoint.text);
    const madeMapping = await ask('POST', '/v1/mappings', { body: mapping });
    const { id: ___, state, version, clientId, ...automation } = definition.automation;
    const body = {
      ...automation,
      name: 'New starters over HTTP',
      source: { ...automation.source, endpoints: [{ endpointId: madeEndpoint.json.id }] },
      mappingId: madeMapping.json.id,
    };
    const made = await ask('POST', '/v1/automations', { body });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.json.state, made.json.version], ['draft', 1]);
    const id = String(made.json.id);
    const moved = await ask('POST', `/v1/automations/${id}/state`, { body: { state: 'active' } });
    assert.equal(moved.status, 200, moved.text);

    const plan = await ask('POST', `/v1/automations/${id}/plan`);
    assert.equal(plan.status, 201, plan.text);
    const planPath = `/v1/plans/${plan.json.id}`;
    const unapproved = await ask('POST', `${planPath}/apply`);
    assert.deepEqual([unapproved.status, unapproved.json.code], [409, 'plan.unapproved']);
    const program = await ask('POST', `${planPath}/approve`, {
      as: 'program',
      body: { hash: plan.json.hash },
    });
    assert.deepEqual([program.status, program.json.code], [403, 'approver.not-a-person']);
    const wrongHash = await ask('POST', `${planPath}/approve`, { body: { hash: 'other' } });
    assert.equal(wrongHash.json.code, 'plan.hash-differs');
    const approved = await ask('POST', `${planPath}/approve`, { body: { hash: plan.json.hash } });
    assert.equal(approved.status, 200, approved.text);
    assert.equal(approved.json.decidedBy, rosa.name);
    const applied = await ask('POST', `${planPath}/apply`);
    assert.equal(applied.status, 202, applied.text);
    const runId = String(applied.json.runId);

    const events = await ask('GET', `/v1/runs/${runId}/events`);
    assert.match(events.text, /^event: (state|outcome)\n/);
    assert.match(events.text, /event: end\ndata: .*"state":"finished"/);
    const run = await ask('GET', `/v1/runs/${runId}`);
    assert.match(String(run.json.sentence), /^Finished in .*: 8 done\.$/);

    const outcomes = z
      .looseObject({
        items: z.array(z.looseObject({ changeId: z.string(), password: z.string() })),
      })
      .parse(JSON.parse((await ask('GET', `/v1/runs/${runId}/outcomes?limit=3`)).text));
    assert.equal(outcomes.items.length, 3);
    const change = outcomes.items.find(({ password }) => password === 'sealed')?.changeId;
    const reveal = `/v1/runs/${runId}/passwords/${change}/reveal`;
    const shown = await ask('POST', reveal);
    assert.ok([...world.directory.passwords.values()].includes(String(shown.json.password)));
    const again = await ask('POST', reveal);
    assert.deepEqual([again.status, again.json.code], [410, 'password.gone']);

    const undo = await ask('POST', `/v1/runs/${runId}/undo`);
    assert.equal(undo.status, 201, undo.text);
    assert.equal(undo.json.undoes, runId);
    const list = await ask('GET', '/v1/automations');
    assert.match(list.text, /Reads Halo, creates accounts/);
    const overview = await ask('GET', '/v1/overview');
    assert.match(String(overview.json.sentence), /^All 2 connections are healthy\. 1 plan waits/);
    const file = await ask('GET', `${planPath}/download`);
    assert.equal(file.json.hash, plan.json.hash);
  });

  it('tests an endpoint and sees its fields with their types, and no secret', async () => {
    const definition = aDefinition();
    const { id: _, ...endpoint } = { ...definition.endpoints[0], name: 'Tested', state: 'draft' };
    const made = await ask('POST', '/v1/inbound-endpoints', { body: endpoint });
    world.application.answer = () =>
      anAnswer(200, {
        record_count: 1,
        users: [
          { id: 1, name: 'Ines', start: '2026-03-02T00:00:00', api_token: 'hunter2', roles: [] },
        ],
      });

    const tested = await ask('POST', `/v1/inbound-endpoints/${made.json.id}/test`);

    assert.equal(tested.status, 200, tested.text);
    assert.doesNotMatch(tested.text, /hunter2/);
    for (const [path, type] of [
      ['$.record_count', 'number'],
      ['$.users', 'array'],
      ['$.users[*].start', 'timestamp'],
      ['$.users[*].name', 'text'],
      ['$.users[*].roles', 'array'],
    ]) {
      const pattern = `"path":"${path}","type":"${type}"`;
      assert.ok(tested.text.includes(pattern), `${pattern} is not in ${tested.text}`);
    }
  });

  it('is told at once of a path, a macro, a key or a schedule that cannot be', async () => {
    const definition = aDefinition();
    const { id: _, ...endpoint } = { ...definition.endpoints[0], name: 'Wrong' };
    const wrong = async (path: string, body: unknown) =>
      (await ask('POST', path, { body })).json.code;
    const { id: __, state, version, clientId, ...automation } = definition.automation;
    const trigger = { kind: 'schedule', cron: '0 25 * * *' };

    assert.equal(
      await wrong('/v1/inbound-endpoints', { ...endpoint, rowsPath: 'users[' }),
      'path.malformed',
    );
    assert.equal(
      await wrong('/v1/inbound-endpoints', { ...endpoint, primaryKey: 'nowhere' }),
      'request.invalid',
    );
    assert.equal(
      await wrong('/v1/mappings', {
        ...definition.mapping,
        rows: [{ attribute: 'sn', value: '%a' }],
      }),
      'macro.malformed',
    );
    assert.equal(
      await wrong('/v1/mappings', {
        ...definition.mapping,
        rows: [{ attribute: 'unicodePwd', value: 'x' }],
      }),
      'request.invalid',
    );
    assert.equal(await wrong('/v1/automations', { ...automation, trigger }), 'request.invalid');
    assert.equal(await wrong('/v1/automations', automation), 'definition.missing');
  });

  it('cannot take a name twice, or delete what is in use', async () => {
    const automation = await anAutomationOn(stage);
    const used = automation.source.endpoints[0]?.endpointId;
    const twice = { ...(await aWebhookOn(stage, {})), id: undefined };

    const again = await ask('POST', '/v1/outbound-webhooks', { body: twice });
    const deleted = await ask('DELETE', `/v1/inbound-endpoints/${used}`);

    assert.deepEqual([again.status, again.json.code], [409, 'name.in-use']);
    assert.deepEqual([deleted.status, deleted.json.code], [409, 'definition.in-use']);
  });

  it('changes some members of an endpoint and leaves the others as they were', async () => {
    const { id: _, ...endpoint } = {
      ...aDefinition().endpoints[0],
      name: 'Changed',
      description: 'As it was',
    };
    const made = await ask('POST', '/v1/inbound-endpoints', { body: endpoint });

    const changed = await ask('PATCH', `/v1/inbound-endpoints/${made.json.id}`, {
      body: { rowsPath: '$.people' },
    });

    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([changed.json.rowsPath, changed.json.description], ['$.people', 'As it was']);
    assert.equal(changed.json.connectionId, halo);
  });

  it('pages through a list and comes to its end', async () => {
    for (let count = 0; count < 5; count += 1) await aWebhookOn(stage, {});
    const Page = z.object({
      items: z.array(z.looseObject({ id: z.string() })),
      next: z.string().nullable(),
    });
    const ids: string[] = [];
    let next: string | null = '';

    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page = Page.parse(
        JSON.parse((await ask('GET', `/v1/outbound-webhooks?limit=2${cursor}`)).text),
      );
      ids.push(...page.items.map(({ id }) => id));
      next = page.next;
    }

    assert.ok(ids.length >= 5);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("A client's administrator", () => {
  it("sees and touches nothing of another client's automations, plans and runs", async () => {
    world.application.rows = [aRow({ id: 77, surname: 'Keller' })];
    const automation = await anAutomationOn(stage, { clientId: 12 });
    const plan = await ask('POST', `/v1/automations/${automation.id}/plan`, { as: 'client 12' });
    assert.equal(plan.status, 201, plan.text);
    const { hash } = plan.json;
    const approved = await ask('POST', `/v1/plans/${plan.json.id}/approve`, {
      as: 'client 12',
      body: { hash },
    });
    assert.equal(approved.status, 200, approved.text);
    const { json } = await ask('POST', `/v1/plans/${plan.json.id}/apply`, { as: 'client 12' });
    const runId = String(json.runId);
    await ended(stage, runId);

    const paths: readonly (readonly [string, string, unknown?])[] = [
      ['GET', `/v1/automations/${automation.id}`],
      ['POST', `/v1/automations/${automation.id}/plan`],
      ['POST', `/v1/automations/${automation.id}/state`, { state: 'paused' }],
      ['GET', `/v1/plans/${plan.json.id}`],
      ['GET', `/v1/plans/${plan.json.id}/changes`],
      ['POST', `/v1/plans/${plan.json.id}/approve`, { hash }],
      ['POST', `/v1/plans/${plan.json.id}/reject`, {}],
      ['POST', `/v1/plans/${plan.json.id}/apply`],
      ['GET', `/v1/runs/${runId}`],
      ['GET', `/v1/runs/${runId}/events`],
      ['POST', `/v1/runs/${runId}/undo`],
      ['GET', `/v1/inbound-endpoints/${automation.source.endpoints[0]?.endpointId}`],
    ];
    for (const [method, path, body] of paths) {
      const answer = await ask(method, path, { as: 'client 13', body });
      assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
    }
    for (const list of ['/v1/automations', '/v1/plans', '/v1/runs']) {
      const answer = await ask('GET', list, { as: 'client 13' });
      assert.deepEqual(answer.json.items, [], list);
    }
  });
});

describe('What belongs to a client', () => {
  for (const clientId of [99_999, 0, -1, 2 ** 31, 2 ** 53 - 1]) {
    it(`that is none, such as ${clientId}, is not made`, async () => {
      const { id: _, ...mapping } = aDefinition().mapping;

      const { json } = await ask('POST', '/v1/mappings', { body: { ...mapping, clientId } });

      assert.equal(json.code, 'client.unknown');
    });
  }
});
