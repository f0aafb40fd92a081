import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCell, readRows } from './columns.ts';
import type { ColumnType } from './criteria.ts';
import { InboundEndpoint } from './endpoint.ts';
import type { Cell } from './record.ts';

describe('A cell', () => {
  const read: readonly (readonly [ColumnType, unknown, Cell])[] = [
    ['text', '  Quality ', 'Quality'],
    ['text', 17, '17'],
    ['text', false, 'false'],
    ['text', '', null],
    ['text', null, null],
    ['number', 17.5, 17.5],
    ['number', '-3', -3],
    ['timestamp', '2026-03-02', '2026-03-02T00:00:00Z'],
    ['timestamp', '2026-03-02T09:30:00', '2026-03-02T09:30:00Z'],
    ['timestamp', '2026-03-02T09:30:00.123+01:00', '2026-03-02T09:30:00.123+01:00'],
    ['timestamp', '2026-03-02 09:30', '2026-03-02T09:30:00Z'],
    ['timestamp', '0001-01-01T00:00:00', null],
    ['array', ['a', 'b'], ['a', 'b']],
    ['array', [], []],
    ['array', null, null],
  ];
  for (const [type, value, cell] of read) {
    it(`of type ${type} reads ${JSON.stringify(value)} as ${JSON.stringify(cell)}`, () => {
      assert.deepEqual(readCell(type, [value]), { cell });
    });
  }

  const wrong: readonly (readonly [ColumnType, unknown])[] = [
    ['text', { first: 'Ines' }],
    ['text', ['Ines']],
    ['number', 'seventeen'],
    ['number', '1e3'],
    ['number', true],
    ['timestamp', '02/03/2026'],
    ['timestamp', '2026-02-30'],
    ['timestamp', '2026-03-02T25:00:00Z'],
    ['timestamp', 1_772_409_600],
    ['array', [{ a: 1 }]],
  ];
  for (const [type, value] of wrong) {
    it(`of type ${type} does not bend ${JSON.stringify(value)}`, () => {
      assert.equal('wrong' in readCell(type, [value]), true);
    });
  }

  it('is wrong when its path finds several values where one is expected', () => {
    assert.deepEqual(readCell('text', ['a', 'b']), {
      wrong: 'has 2 values where one is expected',
    });
  });
});

describe('The rows of an endpoint', () => {
  it('take a value out of an array by a condition', () => {
    const row = {
      id: 1,
      customfields: [
        { name: 'CFRoom', value: '4' },
        { name: 'CFStart', value: '2026-03-02' },
      ],
    };

    const [typed] = readRows(anEndpoint("$.customfields[?@.name=='CFStart'].value"), [row]).rows;

    assert.deepEqual(typed?.cells, { key: '1', start: '2026-03-02T00:00:00Z' });
  });

  it('are refused when one of them has no primary key', () => {
    assert.throws(() => readRows(anEndpoint('$.start'), [{ id: 1 }, { start: null }]), {
      code: 'key.missing',
      message: /^Row 2 of Halo users has no key, which is its primary key/,
    });
  });

  it('are refused when none of them has a required column', () => {
    const endpoint = anEndpoint('$.startdate', true);

    assert.throws(() => readRows(endpoint, [{ id: 1, start_date: null }]), {
      code: 'column.missing',
    });
  });

  it('are refused when one of them is no object', () => {
    assert.throws(() => readRows(anEndpoint('$.start'), [[]]), { code: 'row.malformed' });
  });

  it('are refused when a path cannot be read', () => {
    assert.throws(() => readRows(anEndpoint('$.[start'), [{ id: 1 }]), { code: 'path.malformed' });
  });
});

function anEndpoint(path: string, required = false): InboundEndpoint {
  return InboundEndpoint.parse({
    id: '01890000-0000-7000-8000-000000000003',
    name: 'Halo users',
    connectionId: '01890000-0000-7000-8000-000000000001',
    state: 'active',
    request: { method: 'GET', url: '/api/Users' },
    rowsPath: '$.users',
    paging: { kind: 'none' },
    columns: [
      { name: 'key', path: '$.id', type: 'text' },
      { name: 'start', path, type: 'timestamp', required },
    ],
    primaryKey: 'key',
  });
}
