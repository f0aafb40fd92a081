import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, aRow, halo } from '#test/planning/larkfield.ts';
import fc from '#test/property.ts';
import type { AutomationDefinition } from './automation.ts';
import { InboundEndpoint } from './endpoint.ts';
import { readSource } from './source.ts';

describe('A source', () => {
  it('names people as the automation says, and by key where the name is missing', () => {
    const rows = [aRow({ id: 1 }), aRow({ id: 2, firstname: null })];

    const { records } = readSource(aDefinition(), [rows]);

    assert.deepEqual(
      records.map(({ key, name }) => [key, name]),
      [
        ['1', 'Ines Marlow'],
        ['2', '2'],
      ],
    );
  });

  it('refuses a person who is there twice, and keeps the others', () => {
    const rows = [aRow({ id: 1 }), aRow({ id: 2 }), aRow({ id: 1, surname: 'Hale' })];

    const { records, refusals } = readSource(aDefinition(), [rows]);

    assert.deepEqual(
      records.map(({ key }) => key),
      ['2'],
    );
    assert.deepEqual(
      refusals.map(({ code, sentence }) => [code, sentence]),
      [
        [
          'record.duplicate',
          'There are 2 records with the key 1; nothing is done until the source has one.',
        ],
      ],
    );
  });

  it('refuses a person with a cell of the wrong type, and says which', () => {
    const { refusals } = readSource(aDefinition(), [[aRow({ id: 1, start: 'soon' })]]);

    assert.match(refusals[0]?.sentence ?? '', /^The column start is no timestamp: "soon";/);
  });

  it('is the same whatever the order of its rows', () => {
    const rows = [1, 2, 3, 11, 20].map((id) => aRow({ id }));
    const expected = readSource(aDefinition(), [rows]);
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        assert.deepEqual(readSource(aDefinition(), [shuffled]), expected);
      }),
    );
  });

  it('has another digest as soon as one cell is another', () => {
    const one = readSource(aDefinition(), [[aRow({ id: 1 })]]);
    const other = readSource(aDefinition(), [[aRow({ id: 1, title: 'Head of Quality' })]]);

    assert.notEqual(one.facts.digest, other.facts.digest);
    assert.equal(one.facts.asked, other.facts.asked);
  });
});

describe('Joined endpoints', () => {
  const phones = [
    { id: 1, phone: '+351 22 099 0201' },
    { id: 3, phone: '+351 22 099 0203' },
  ];
  const people = [aRow({ id: 1 }), aRow({ id: 2 })];

  it('keep people whom the second does not have, when joined left', () => {
    const { records } = readSource(twoEndpoints('left'), [people, phones]);

    assert.deepEqual(
      records.map(({ key, columns }) => [key, columns.phone ?? null]),
      [
        ['1', '+351 22 099 0201'],
        ['2', null],
      ],
    );
  });

  it('leave such people out when joined inner', () => {
    const { records } = readSource(twoEndpoints('inner'), [people, phones]);

    assert.deepEqual(
      records.map(({ key }) => key),
      ['1'],
    );
  });

  it('refuse a person whom the second has twice', () => {
    const { refusals } = readSource(twoEndpoints('left'), [
      people,
      [...phones, { id: 1, phone: '' }],
    ]);

    assert.deepEqual(
      refusals.map(({ key, code }) => [key, code]),
      [['1', 'record.duplicate']],
    );
  });
});

function twoEndpoints(join: 'left' | 'inner'): AutomationDefinition {
  const definition = aDefinition();
  const second = InboundEndpoint.parse({
    id: '01890000-0000-7000-8000-00000000000a',
    name: 'Telephones',
    connectionId: halo,
    state: 'active',
    request: { method: 'GET', url: '/phones' },
    rowsPath: '$',
    paging: { kind: 'none' },
    columns: [
      { name: 'employee', path: '$.id', type: 'text' },
      { name: 'phone', path: '$.phone', type: 'text' },
    ],
    primaryKey: 'employee',
  });
  const { automation } = definition;
  const endpoints = [...automation.source.endpoints, { endpointId: second.id, join }];
  return {
    ...definition,
    endpoints: [...definition.endpoints, second],
    automation: { ...automation, source: { ...automation.source, endpoints } },
  };
}
