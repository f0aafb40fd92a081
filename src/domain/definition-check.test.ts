import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, aMapping } from '#test/planning/larkfield.ts';
import type { AutomationDefinition } from './automation.ts';
import { checkDefinition } from './definition-check.ts';

describe('Checking a definition', () => {
  it('finds nothing in one that can be planned', () => {
    assert.deepEqual(checkDefinition(aDefinition()), []);
  });

  const site = { column: 'site', operator: 'before' as const, values: ['2026-03-02'] };
  const room = { column: 'room', operator: 'is-empty' as const, values: [] };
  const wrong: readonly (readonly [string, AutomationDefinition, RegExp])[] = [
    [
      'a match rule on a column that is not there',
      aDefinition({ automation: { match: [{ column: 'badge', attribute: 'employeeID' }] } }),
      /^There is no column badge in the source/,
    ],
    [
      'a condition on a column that is not there',
      aDefinition({ automation: { scope: room } }),
      /^There is no column room in the source, as a condition asks\./,
    ],
    [
      'an operator for another type of column',
      aDefinition({ automation: { scope: { not: site } } }),
      /^"site is before" is for timestamp; site is text\./,
    ],
    [
      'a macro that names no column',
      aDefinition({ mapping: { rows: [{ ...aMappingRow(), value: '%room%' }] } }),
      /^%room% is no column of the source; write %ad\.room% for the attribute\./,
    ],
    [
      'a macro that cannot be read',
      aDefinition({ mapping: { rows: [{ ...aMappingRow(), value: '50 % of %title%' }] } }),
      /write %% for a percent sign/,
    ],
    [
      'a webhook that does not exist',
      aDefinition({
        automation: {
          tell: [{ webhookId: '01890000-0000-7000-8000-00000000000c', when: 'created' }],
        },
      }),
      /^An outbound webhook to tell does not exist any more/,
    ],
  ];
  for (const [title, definition, sentence] of wrong) {
    it(`finds ${title}`, () => {
      const found = checkDefinition(definition);

      assert.equal(found.length, 1);
      assert.match(found[0] ?? '', sentence);
    });
  }

  it('finds an endpoint that is still a draft', () => {
    const definition = aDefinition();
    const endpoints = definition.endpoints.map((one) => ({ ...one, state: 'draft' as const }));

    assert.deepEqual(checkDefinition({ ...definition, endpoints }), [
      'Halo users is a draft; test and save it first.',
    ]);
  });
});

function aMappingRow() {
  const [row] = aMapping().rows;
  assert.ok(row);
  return row;
}
