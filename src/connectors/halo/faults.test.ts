// What the Halo connector does when Halo answers late, partly, wrongly or not at all.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HaloSettings } from '#domain/connection.ts';
import { ApplicationRefusal, type RowsRequest } from '#domain/ports/application.ts';
import { Secret } from '#lib/secret.ts';
import { aFaultyHalo, type FaultyHalo, type Scene } from '#test/servers/faulty-halo.ts';
import { type Halo, type HaloOptions, openHalo, probeHalo } from './halo.ts';

const clientSecret = 'c1d2e3f4-secret-of-larkfield';
const lab = { lab: true, confirmed: [], networks: [] };

describe('Signing in to Halo', () => {
  it('asks AuthInfo for the token address and the tenant, without a token', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using desk = open(halo);

    await read(desk);

    const [info] = halo.askedOf('/api/AuthInfo');
    const [token] = halo.askedOf('/auth/token');
    assert.equal(info?.headers.authorization, undefined);
    assert.deepEqual(token?.query, { tenant: 'larkfield' });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(token?.body)), {
      grant_type: 'client_credentials',
      client_id: 'sundog',
      client_secret: clientSecret,
      scope: 'all',
    });
    assert.equal(halo.askedOf('/api/Users')[0]?.headers.authorization, 'Bearer token-number-1');
  });

  for (const [title, answer] of [
    ['is not there', { status: 404, body: 'nothing' }],
    ['says nothing', { status: 204, body: '' }],
    ['is a web page', { body: '<html>welcome</html>' }],
    ['is empty of addresses', { body: { auth_url: '' } }],
  ] as const) {
    it(`falls back to /auth/token where AuthInfo ${title}`, async () => {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/api/AuthInfo' ? answer : emptyDesk(asked, 1),
      );
      await using desk = open(halo);

      await read(desk);

      assert.equal(halo.askedOf('/auth/token').length, 1);
    });
  }

  it('takes the client secret to no stranger that AuthInfo names', async () => {
    await using stranger = await aFaultyHalo(emptyDesk);
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/AuthInfo'
        ? { body: { auth_url: `${stranger.address}/auth` } }
        : undefined,
    );
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'address.refused');
    assert.match(refusal.message, /token address/);
    assert.deepEqual(stranger.asked, []);
  });

  it('asks for one token however many wait for it', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using desk = open(halo);

    await Promise.all(Array.from({ length: 8 }, () => read(desk)));

    assert.equal(halo.askedOf('/auth/token').length, 1);
  });

  it('renews the token before it ends', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    let now = new Date('2026-11-20T08:00:00Z');
    await using desk = open(halo, { clock: () => now });

    await read(desk);
    now = new Date('2026-11-20T08:58:59Z');
    await read(desk);
    now = new Date('2026-11-20T08:59:01Z');
    await read(desk);

    assert.equal(halo.askedOf('/auth/token').length, 2);
  });

  it('renews a refused token once, and then says the credentials are at fault', async () => {
    await using once = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users' && nth === 1 ? { status: 401, body: '' } : emptyDesk(asked, nth),
    );
    await using always = await aFaultyHalo((asked) =>
      asked.path === '/api/Users' ? { status: 401, body: '' } : undefined,
    );
    await using patient = open(once);
    await using refused = open(always);

    await read(patient);
    const refusal = await refusalOf(read(refused));

    assert.equal(once.askedOf('/auth/token').length, 2);
    assert.equal(once.askedOf('/api/Users')[1]?.headers.authorization, 'Bearer token-number-2');
    assert.equal(refusal.code, 'credentials.refused');
    assert.equal(always.askedOf('/api/Users').length, 2);
  });

  for (const [error, status, sentence] of [
    ['invalid_client', 401, /does not know this client id with this secret/],
    ['invalid_scope', 400, /does not grant the scope "all"/],
    ['unauthorized_client', 400, /does not allow client credentials/],
    ['access_denied', 400, /gives no token \(access_denied: no \S+ here\)/],
  ] as const) {
    it(`explains ${error} without repeating the secret`, async () => {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/auth/token'
          ? { status, body: { error, error_description: `no ${clientSecret} here` } }
          : undefined,
      );
      await using desk = open(halo);

      const refusal = await refusalOf(read(desk));

      assert.equal(refusal.code, 'credentials.refused');
      assert.match(refusal.message, sentence);
      assert.ok(!JSON.stringify([refusal.message, refusal.detail]).includes(clientSecret));
    });
  }

  it('says so when there is no token endpoint', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/auth/token' ? { body: '<html>Sign in</html>' } : undefined,
    );
    await using desk = open(halo);

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'answer.malformed');
    assert.match(refusal.message, /no token endpoint at .*\/auth\/token/);
  });
});

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

describe('A list of Halo', () => {
  const cases: readonly (readonly [string, Scene, RegExp])[] = [
    ['half a page', pages([1, 2, 3, 4], [5]), /counted 8 .* page 2 brought 1 rows of 4/],
    ['a shorter list than record_count', pages([1, 2, 3, 4], [5, 6, 7]), /made 7 in all/],
    ['an empty page before the end', pages([1, 2, 3, 4], []), /page 2 brought 0 rows/],
    ['the same page twice', pages([1, 2, 3, 4], [1, 2, 3, 4]), /the record 1 twice/],
    ['an id twice', pages([1, 2, 3, 4], [4, 5, 6, 7]), /the record 4 twice/],
    ['a row without its key', pages([1, 2, 3, 4], [5, null, 7, 8]), /row without its key/],
    ['more rows than asked for', pages([1, 2, 3, 4, 5], [6, 7, 8]), /more rows than the 4/],
    [
      'more rows than counted',
      pages([1, 2, 3, 4], [5, 6, 7, 8], 7),
      /8 records where it counted 7/,
    ],
  ];
  for (const [title, scene, sentence] of cases) {
    it(`is not whole with ${title}, and says so`, async () => {
      await using halo = await aFaultyHalo(scene);
      await using desk = open(halo, { limits: { pageSize: 4, pageSizeCautious: 4 } });

      const refusal = await refusalOf(read(desk));

      assert.equal(refusal.code, 'answer.incomplete');
      assert.equal(refusal.retryable, true);
      assert.match(refusal.message, sentence);
    });
  }

  it('is not whole when its count changes while it is read', async () => {
    await using halo = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users'
        ? { body: { record_count: nth === 1 ? 8 : 7, users: rows(nth * 4 - 3, nth * 4) } }
        : undefined,
    );
    await using desk = open(halo, { limits: { pageSize: 4 } });

    const refusal = await refusalOf(read(desk));

    assert.equal(refusal.code, 'answer.incomplete');
    assert.match(refusal.message, /counted 8 at first and 7 on page 2/);
  });

  it('is not whole with more pages than the limit', async () => {
    await using halo = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users'
        ? { body: { record_count: 999, users: rows(nth * 4 - 3, nth * 4) } }
        : undefined,
    );
    await using desk = open(halo, { limits: { pageSize: 4, pagesMax: 3 } });

    const refusal = await refusalOf(read(desk));

    assert.match(refusal.message, /more than 3 pages/);
  });

  for (const echo of [true, false]) {
    it(`is whole though Halo gives fewer rows than asked, ${echo ? 'saying so' : 'in silence'}`, async () => {
      await using halo = await aFaultyHalo((asked) => {
        if (asked.path !== '/api/Users') return undefined;
        const size = Math.min(4, Number(asked.query.page_size));
        const from = (Number(asked.query.page_no) - 1) * size + 1;
        const users = rows(from, Math.min(from + size - 1, 10));
        return { body: { record_count: 10, users, ...(echo ? { page_size: size } : {}) } };
      });
      await using desk = open(halo, { limits: { pageSize: 50, pageSizeCautious: 4 } });

      assert.equal((await read(desk)).length, 10);
    });
  }

  it('is asked for with those who left', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using desk = open(halo);

    await read(desk);

    const { query } = halo.askedOf('/api/Users')[0] ?? {};
    assert.equal(query?.includeinactive, 'true');
    assert.equal(query?.pageinate, 'true');
  });
});

describe('Rows of an inbound endpoint', () => {
  it('come page by page, by the paths of the endpoint', async () => {
    await using halo = await aFaultyHalo(pages([1, 2, 3, 4], [5, 6, 7, 8]));
    await using application = open(halo);

    const read = await Array.fromAsync(application.readRows(usersRequest));

    assert.deepEqual(
      read.map((page) => page.length),
      [4, 4],
    );
    assert.equal(halo.askedOf('/api/Users')[0]?.query.includeinactive, 'true');
  });

  it('are not whole when one of them lacks the primary key or comes twice', async () => {
    for (const second of [
      [5, null, 7, 8],
      [4, 5, 6, 7],
    ]) {
      await using halo = await aFaultyHalo(pages([1, 2, 3, 4], second));
      await using application = open(halo);

      const refusal = await refusalOf(Array.fromAsync(application.readRows(usersRequest)));

      assert.equal(refusal.code, 'answer.incomplete');
    }
  });

  it('without a count are read until an empty page', async () => {
    await using halo = await aFaultyHalo((asked, nth) =>
      asked.path === '/api/Users'
        ? { body: { users: nth < 3 ? rows(nth * 2, nth * 2 + 1) : [] } }
        : undefined,
    );
    await using application = open(halo);
    const { totalPath, ...paging } = usersRequest.paging;

    const read = await Array.fromAsync(application.readRows({ ...usersRequest, paging }));

    assert.equal(totalPath, '$.record_count');
    assert.equal(read.flat().length, 4);
  });

  it('may come all at once', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/Users' ? { body: { users: rows(1, 900) } } : undefined,
    );
    await using application = open(halo);

    const read = await Array.fromAsync(
      application.readRows({ ...usersRequest, paging: { kind: 'none' } }),
    );

    assert.equal(read.flat().length, 900);
  });

  for (const [title, change, code, sentence] of [
    ['a path that leads to no list', { rowsPath: '$.people' }, 'answer.malformed', /no list/],
    ['a path that is none', { rowsPath: '$.[' }, 'request.refused', /no JSONPath/],
  ] as const) {
    it(`are refused with ${title}`, async () => {
      await using halo = await aFaultyHalo(pages([1, 2, 3, 4], [5, 6, 7, 8]));
      await using application = open(halo);

      const refusal = await refusalOf(
        Array.fromAsync(application.readRows({ ...usersRequest, ...change })),
      );

      assert.equal(refusal.code, code);
      assert.match(refusal.message, sentence);
    });
  }
});

describe('A request through Halo', () => {
  const plain = { method: 'GET', url: '/api/Lookup', headers: {}, parameters: {} } as const;

  it('gives status, headers and text, with secrets masked', async () => {
    await using halo = await aFaultyHalo((asked) =>
      asked.path === '/api/Lookup'
        ? {
            status: 400,
            body: {
              Message: `${clientSecret} and ${asked.headers.authorization}`,
              new_password: 'hunter22',
            },
          }
        : undefined,
    );
    await using application = open(halo);

    const answer = await application.send(plain);

    assert.equal(answer.status, 400);
    for (const secret of [clientSecret, 'token-number-1', 'hunter22']) {
      assert.ok(!answer.text.includes(secret), `${secret} shows`);
    }
  });

  for (const url of [
    'https://elsewhere.example/api/Users',
    'http://127.0.0.1:1/api/Users',
    'http://user:pass@127.0.0.1/x',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ]) {
    it(`never goes to ${url}`, async () => {
      await using halo = await aFaultyHalo(emptyDesk);
      await using application = open(halo);

      const refusal = await refusalOf(application.send({ ...plain, url }));

      assert.equal(refusal.code, 'address.refused');
      assert.deepEqual(halo.asked, []);
    });
  }

  for (const url of ['//elsewhere.example/x', '\\\\elsewhere.example/x', '/../../x']) {
    it(`takes ${url} for a path of its own host`, async () => {
      await using halo = await aFaultyHalo(emptyDesk);
      await using application = open(halo);

      assert.equal((await application.send({ ...plain, url })).status, 404);
    });
  }

  it('brings no credential, host or framing of its own', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    await using application = open(halo);

    for (const name of ['Authorization', 'COOKIE', 'host', 'Transfer-Encoding']) {
      const refusal = await refusalOf(application.send({ ...plain, headers: { [name]: 'x' } }));
      assert.equal(refusal.code, 'request.refused');
    }
    const split = await refusalOf(
      application.send({ ...plain, headers: { 'x-note': 'a\r\nx-evil: b' } }),
    );
    assert.equal(split.code, 'request.refused');
  });

  it('that writes is not sent again when the answer is lost', async () => {
    for (const fault of ['reset', { status: 500, body: '' }] as const) {
      await using halo = await aFaultyHalo((asked) =>
        asked.path === '/api/Tickets' ? fault : undefined,
      );
      await using application = open(halo);

      await refusalOf(application.send({ ...plain, method: 'POST', url: 'api/Tickets' }));

      assert.equal(halo.askedOf('/api/Tickets').length, 1);
    }
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

describe('Testing a Halo connection', () => {
  const table: readonly (readonly [string, Scene, string])[] = [
    ['credentials', (asked) => tokenSays(asked.path, 401, 'invalid_client'), 'credentials'],
    [
      'rights',
      (asked) => (asked.path === '/api/Users' ? { status: 403, body: '' } : undefined),
      'rights',
    ],
    [
      'answer',
      (asked) => (asked.path === '/api/Users' ? { body: { people: [] } } : undefined),
      'answer',
    ],
    ['connect', () => 'reset', 'connect'],
  ];
  for (const [stage, scene, expected] of table) {
    it(`names the stage it failed at: ${stage}`, async () => {
      await using halo = await aFaultyHalo(scene);

      const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), lab, quick);

      assert.equal(result.ok, false);
      assert.equal(result.ok === false && result.stage, expected);
      assert.ok(!JSON.stringify(result).includes(clientSecret));
    });
  }

  it('names an address it may not go to', async () => {
    await using halo = await aFaultyHalo(emptyDesk);
    const outside = { lab: false, confirmed: [], networks: [] };

    const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), outside, quick);

    assert.equal(result.ok === false && result.stage, 'address');
    assert.equal(result.ok === false && result.code, 'address.forbidden');
    assert.deepEqual(halo.asked, []);
  });

  it('says how many users can be read when all is well', async () => {
    await using halo = await users({ body: { record_count: 38, users: rows(1, 1) } });

    const result = await probeHalo(settingsFor(halo), new Secret(clientSecret), lab, quick);

    assert.deepEqual(result, {
      ok: true,
      sentence: `127.0.0.1:${halo.port} answers, and its 38 users can be read.`,
    });
  });
});

const usersRequest = {
  request: {
    method: 'GET',
    url: '/api/Users',
    headers: {},
    parameters: { includeinactive: 'true' },
  },
  rowsPath: '$.users',
  keyPath: '$.id',
  paging: {
    kind: 'page-number',
    pageParameter: 'page_no',
    sizeParameter: 'page_size',
    pageSize: 4,
    totalPath: '$.record_count',
  },
  pagesMax: 10,
} as const satisfies RowsRequest;

const quick: HaloOptions = { wait: async () => {} };

function settingsFor(halo: FaultyHalo): HaloSettings {
  return HaloSettings.parse({ address: halo.address, clientId: 'sundog' });
}

function open(halo: FaultyHalo, options: HaloOptions = {}): Halo {
  return openHalo(settingsFor(halo), new Secret(clientSecret), lab, { ...quick, ...options });
}

async function read(desk: Halo): Promise<readonly unknown[]> {
  return (await Array.fromAsync(desk.readUsers({ includeInactive: true }))).flat();
}

async function refusalOf(work: Promise<unknown>): Promise<ApplicationRefusal> {
  const outcome = await work.then(
    () => assert.fail('nothing was refused'),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof ApplicationRefusal, String(outcome));
  return outcome;
}

function emptyDesk({ path }: { readonly path: string }, _nth: number) {
  return path === '/api/Users' ? { body: { record_count: 0, users: [] } } : undefined;
}

/** A Halo whose /api/Users always answers so. */
function users(fault: ReturnType<Scene>) {
  return aFaultyHalo((asked) => (asked.path === '/api/Users' ? fault : undefined));
}

function tokenSays(path: string, status: number, error: string) {
  return path === '/auth/token' ? { status, body: { error } } : undefined;
}

/** Two pages of users with these ids; null stands for a row without one. */
function pages(
  first: readonly (number | null)[],
  second: readonly (number | null)[],
  count = 8,
): Scene {
  return (asked) => {
    if (asked.path !== '/api/Users') return undefined;
    const ids = asked.query.page_no === '1' ? first : second;
    const list = ids.map((id) => (id === null ? { name: 'Nobody' } : { id, name: `User ${id}` }));
    return { body: { record_count: count, users: list } };
  };
}

function rows(from: number, to: number) {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => ({
    id: from + at,
    name: `User ${from + at}`,
  }));
}
