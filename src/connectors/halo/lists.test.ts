// What the Halo connector takes for a whole list, and what it does not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RowsRequest } from '#domain/ports/application.ts';
import { aFaultyHalo, type Scene } from '#test/servers/faulty-halo.ts';
import { emptyDesk, open, pages, read, refusalOf, rows } from '#test/servers/halo-trial.ts';

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
        const most = echo ? 4 : 3;
        const size = Number(asked.query.page_size) > 4 ? most : Number(asked.query.page_size);
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

  it('are not whole when a page comes twice, even where rows have no key', async () => {
    await using halo = await aFaultyHalo(pages([1, 2, 3, 4], [1, 2, 3, 4]));
    await using application = open(halo);
    const { keyPath: _, ...keyless } = usersRequest;

    const refusal = await refusalOf(Array.fromAsync(application.readRows(keyless)));

    assert.match(refusal.message, /page 2 .* is the same as the one before/);
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
