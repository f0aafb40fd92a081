// What the Halo connector does when Halo answers late, wrongly or not at all.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFaultyHalo } from '#test/servers/faulty-halo.ts';
import { emptyDesk, open, read, refusalOf, users } from '#test/servers/halo-trial.ts';

describe('A Halo that refuses', () => {
  it('names the right that is missing', async () => {
    await using halo = await users({ status: 403, body: { Message: 'You shall not read' } });
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'rights.missing');
    assert.match(refusal.message, /GET \/api\/Users.*You shall not read/);
    assert.equal(halo.askedOf('/api/Users').length, 1);
  });

  it('is waited for as long as its Retry-After asks', async () => {
    const waits: number[] = [];
    await using halo = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users' && nth <= 2
        ? { status: 429, headers: { 'retry-after': '7' }, body: '' }
        : emptyDesk(asked, nth),
    );
    await using desk = open(halo, { wait: async (ms) => void waits.push(ms), random: () => 0 });

    await read(desk);

    assert.deepEqual(waits, [7000, 7000]);
  });

  it('is not waited for longer than the limit, and the run may come back later', async () => {
    await using halo = await users({ status: 429, headers: { 'retry-after': '900' }, body: '' });
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'application.busy');
    assert.equal(refusal.retryable, true);
    assert.equal(halo.askedOf('/api/Users').length, 1);
  });

  it('is given up on after a few attempts', async () => {
    await using halo = await users({ status: 429, headers: { 'retry-after': '1' }, body: '' });
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'application.busy');
    assert.equal(halo.askedOf('/api/Users').length, 4);
  });

  it('is spared once the budget of retries is spent', async () => {
    await using halo = await users({ status: 500, body: '' });
    await using desk = open(halo, { limits: { retryBudget: 4 } });

    for (let round = 0; round < 4; round += 1) await refusalOf(read(desk));

    assert.equal(halo.askedOf('/api/Users').length, 4 + 4);
  });

  it('gets a failed read again, with some chance in the pause', async () => {
    const waits: number[] = [];
    await using halo = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users' && nth <= 2 ? { status: 503, body: '' } : emptyDesk(asked, nth),
    );
    await using desk = open(halo, { wait: async (ms) => void waits.push(ms), random: () => 0.25 });

    await read(desk);

    assert.deepEqual(waits, [750, 1500]);
  });

  it('says what failed when it fails for good', async () => {
    await using halo = await users({ status: 500, body: { ClassName: 'X', Message: 'Deadlock.' } });
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'application.failed');
    assert.equal(refusal.retryable, true);
    assert.match(refusal.message, /status 500 \(Deadlock\)/);
  });
});

describe('A Halo that answers nonsense', () => {
  const nonsense: readonly (readonly [string, Parameters<typeof users>[0], string, RegExp])[] = [
    ['a web page', { body: '<!DOCTYPE html><p>Sign in' }, 'answer.malformed', /web page/],
    ['no JSON', { body: '{"users": [' }, 'answer.malformed', /not JSON/],
    ['another list', { body: { results: [] } }, 'answer.malformed', /no list under "users"/],
    ['an empty answer', { body: '' }, 'answer.malformed', /not JSON/],
    ['half an answer', 'half', 'application.unreachable', /broke the connection off/],
    ['a reset', 'reset', 'application.unreachable', /broke the connection off/],
    ['a byte at a time', 'drip', 'application.unreachable', /too long/],
    ['nothing', 'silence', 'application.unreachable', /too long/],
    ['more than fits', { body: 'x'.repeat(200_000) }, 'answer.malformed', /larger/],
  ];
  for (const [title, fault, code, sentence] of nonsense) {
    it(`is refused: ${title}`, async () => {
      await using halo = await users(fault);
      await using desk = open(halo, { limits: { callMs: 150, answerBytesMax: 100_000 } });

      const refusal = await refusalOf(read(desk));

      assert.equal(refusal.code, code);
      assert.match(refusal.message, sentence);
    });
  }

  it('is not followed to another host, least of all with a token', async () => {
    await using stranger = await aFaultyHalo(emptyDesk);
    await using halo = await users({
      status: 302,
      headers: { location: `${stranger.address}/api/Users` },
      body: '',
    });
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'address.refused');
    assert.deepEqual(stranger.asked, []);
  });
});

describe('Writing to Halo', () => {
  const action = { ticketId: 7, note: 'Account made', outcomeId: 7, hiddenFromUser: true };
  const told = {
    id: 3,
    ticket_id: 7,
    note: action.note,
    hiddenfromuser: true,
    datetime: '2026-11-20T08:00:01',
  };
  const clock = () => new Date('2026-11-20T08:00:00Z');

  it('looks before it tells a ticket again', async () => {
    await using halo = await aFaultyHalo((asked) => {
      if (asked.path !== '/api/Actions') return undefined;
      return asked.method === 'POST' ? 'reset' : { body: { record_count: 1, actions: [told] } };
    });
    await using desk = open(halo, { clock });

    const added = await desk.addAction(action);

    assert.equal(added.id, 3);
    assert.deepEqual(
      halo.askedOf('/api/Actions').map((one) => one.method),
      ['POST', 'GET'],
    );
  });

  it('tells the ticket again when the first try was lost before it counted', async () => {
    await using halo = await aFaultyHalo((asked, nth) => {
      if (asked.path !== '/api/Actions') return undefined;
      if (asked.method === 'GET') return { body: { record_count: 0, actions: [] } };
      return nth === 1 ? 'reset' : { status: 201, body: told };
    });
    await using desk = open(halo, { clock });

    assert.equal((await desk.addAction(action)).note, 'Account made');
    assert.equal(halo.askedOf('/api/Actions').length, 3);
  });

  it('sends an array of one, empties with an empty text, and leaves out what was not given', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/Users' ? { status: 201, body: { id: 5, name: 'Ines' } } : undefined,
    );
    await using desk = open(halo);

    await desk.saveUser({ id: 5, mobile: null, title: 'Lead' });

    assert.deepEqual(JSON.parse(halo.askedOf('/api/Users')[0]?.body ?? ''), [
      { id: 5, title: 'Lead', mobilenumber: '' },
    ]);
  });

  it('repeats an update, and never a creation', async () => {
    await using halo = await users({ status: 502, body: '' });
    await using desk = open(halo);

    await refusalOf(desk.saveUser({ name: 'Ines Marlow' }));
    const created = halo.askedOf('/api/Users').length;
    await refusalOf(desk.saveUser({ id: 5, title: 'Lead' }));

    assert.equal(created, 1);
    assert.equal(halo.askedOf('/api/Users').length, 1 + 4);
  });

  it('passes on what Halo does not take, in Halo’s words', async () => {
    await using halo = await users({
      status: 400,
      body: { ClassName: 'System.Exception', Message: 'An Outcome must be entered.' },
    });
    await using desk = open(halo);

    await assert.rejects(desk.saveUser({ name: 'Ines' }), {
      code: 'desk.refused',
      message: 'The service desk does not take this user: An Outcome must be entered.',
    });
  });
});
