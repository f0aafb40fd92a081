import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { aFaultyHalo, type Fault, type Scene } from '#test/servers/faulty-halo.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { type Application, applicationOf } from '#test/servers/hub-session.ts';

const Named = z.object({ items: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
const Refused = z.looseObject({ code: z.string(), detail: z.string() });
const Plan = z.looseObject({
  state: z.string(),
  changeCount: z.int(),
  guards: z.array(z.looseObject({ name: z.string(), verdict: z.string(), sentence: z.string() })),
});
const Tested = z.looseObject({
  ok: z.boolean(),
  stage: z.string().nullable(),
  sentence: z.string(),
});

let hub: RunningHub;
let program: Application;
before(async () => {
  hub = await aHub({ lab: true });
  program = await applicationOf(hub);
});
after(async () => {
  await hub?.[Symbol.asyncDispose]();
});

async function named(path: string, name: string): Promise<string> {
  const { items } = Named.parse((await program.get(path)).body);
  return items.find((one) => one.name.startsWith(name))?.id ?? assert.fail(`there is no ${name}`);
}

async function change(connection: string, body: unknown): Promise<void> {
  const response = await fetch(new URL(`/v1/connections/${connection}`, hub.url), {
    method: 'PATCH',
    headers: { ...program.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.text());
}

async function counted(): Promise<number> {
  return Named.extend({ items: z.array(z.unknown()) }).parse((await program.get('/v1/plans')).body)
    .items.length;
}

/** A plan of an automation of the lab, made from a Halo that answers so. */
async function planFrom(scene: Scene, name = 'Movers and leavers') {
  await using halo = await aFaultyHalo(scene);
  const connection = await named('/v1/connections', 'Halo (Larkfield)');
  const settings = { address: halo.address, tokenAddress: `${halo.address}/auth/token` };
  await change(connection, { settings, secret: 'a-client-secret-of-this-test' });
  const automation = await named('/v1/automations', name);
  return await program.post(`/v1/automations/${automation}/plan`);
}

function users(answer: Fault): Scene {
  return ({ path }) => {
    if (path === '/api/Users') return answer;
    if (path === '/api/Tickets') return { body: { record_count: 0, tickets: [] } };
    return undefined;
  };
}

const someone = {
  id: 1,
  firstname: 'Margaret',
  surname: 'Ashdown',
  site_name: 'Bristol',
  inactive: false,
  customfields: [],
};

describe('A plan made from a Halo that', () => {
  const faults: readonly (readonly [string, Scene, RegExp])[] = [
    [
      'refuses the credentials',
      ({ path }) =>
        path === '/auth/token' ? { status: 401, body: { error: 'invalid_client' } } : undefined,
      /secret|credential/i,
    ],
    ['answers 401', users({ status: 401, body: {} }), /refus|credential|secret/i],
    [
      'answers 429 for a long time',
      users({ status: 429, headers: { 'retry-after': '3600' }, body: {} }),
      /busy|later|limit|429/i,
    ],
    ['answers 500', users({ status: 500, body: { Message: 'Oops' } }), /500|fail/i],
    [
      'answers HTML',
      users({ body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } }),
      /JSON|HTML/i,
    ],
    ['breaks off in the middle of a page', users('half'), /broke|cut|end|answer/i],
    [
      'gives fewer people than it counts',
      users({ body: { record_count: 41, page_no: 1, page_size: 100, users: [someone] } }),
      /41/,
    ],
  ];
  for (const [title, scene, sentence] of faults) {
    it(`${title} is not made, and the refusal says why`, async () => {
      const plans = await counted();

      const { status, body, text } = await planFrom(scene);

      assert.equal(status, 502, text);
      const { code, detail } = Refused.parse(body);
      assert.equal(code, 'source.unreadable');
      assert.match(detail, sentence);
      assert.doesNotMatch(text, /a-client-secret-of-this-test|token-number/);
      assert.equal(await counted(), plans, 'nothing half-done stays');
    });
  }

  it('has suddenly nobody is stopped by a guard, and disables nobody', async () => {
    const { status, body, text } = await planFrom(
      users({ body: { record_count: 0, page_no: 1, page_size: 100, users: [] } }),
      'New starters',
    );

    assert.equal(status, 201, text);
    const { changeCount, guards } = Plan.parse(body);
    assert.equal(changeCount, 0);
    assert.ok(
      guards.some(({ verdict }) => verdict === 'stop'),
      JSON.stringify(guards),
    );
  });
});

describe('A directory', () => {
  async function tested(settings: Record<string, unknown>, secret: string) {
    const connection = await named('/v1/connections', 'Active Directory');
    const before = z
      .looseObject({ settings: z.record(z.string(), z.unknown()) })
      .parse((await program.get(`/v1/connections/${connection}`)).body).settings;
    await change(connection, { settings: { ...before, ...settings }, secret });
    return Tested.parse((await program.post(`/v1/connections/${connection}/test`)).body);
  }

  it('that refuses the password says so, and does not repeat it', async () => {
    const result = await tested({}, 'a-wrong-password');

    assert.deepEqual([result.ok, result.stage], [false, 'credentials']);
    assert.doesNotMatch(result.sentence, /a-wrong-password/);
  });

  it('whose certificate nobody vouches for is not given the password', async () => {
    const result = await tested({ ca: null }, 'a-secret');

    assert.deepEqual([result.ok, result.stage], [false, 'tls']);
  });
});
