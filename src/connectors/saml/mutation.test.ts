// Every check is needed: with any one row taken out of its table, some hostile message goes further than before.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { samlChecks } from '#domain/sso/saml-checks.ts';
import { corpus } from '#test/saml/corpus.ts';
import { type Hostile, hostileKeys, outcomeOf } from '#test/saml/hostile.ts';
import { samlVerifier, strictTables, type Tables } from './verifier.ts';

type TableName = keyof Tables;

const keys = await hostileKeys();
const messages = corpus(keys).flatMap((family) => family.messages);
const names: readonly TableName[] = Object.keys(strictTables).filter(isTable);
const rows = names.flatMap((table) =>
  strictTables[table].map(({ name }) => ({ table, name, tables: without(table, name) })),
);

describe('The verifier without one of its checks', () => {
  const strict = samlVerifier(strictTables);
  const judged = new Map<string, Hostile[]>();
  for (const message of messages) {
    const outcome = String(outcomeOf(message, strict, keys));
    judged.set(outcome, [...(judged.get(outcome) ?? []), message]);
  }
  const alone: string[] = [];
  const survivors: string[] = [];

  for (const { table, name, tables } of rows) {
    it(`(${table}: ${name}) takes what it refused, or refuses it for another reason`, () => {
      const lax = samlVerifier(tables);
      const outcomes = (judged.get(name) ?? []).map((message) => outcomeOf(message, lax, keys));

      const changed = outcomes.filter((outcome) => outcome !== name);
      if (changed.length === 0) survivors.push(`${table}: ${name}`);
      if (changed.includes('verified')) alone.push(name);
      assert.ok(changed.length > 0, `no message was refused by ${name} in ${table} alone`);
    });
  }

  it('was tried for every row', (test) => {
    test.diagnostic(
      `${rows.length - survivors.length} of ${rows.length} rows are needed; without ${alone.length} of them a hostile message is believed: ${alone.join(', ')}`,
    );
    assert.deepEqual(survivors, []);
  });
});

describe('The list of checks', () => {
  it('names just the rows there are, and the one use that the store sees to', () => {
    const used = new Set<string>([...rows.map(({ name }) => name), 'saml.once']);

    assert.deepEqual([...used].toSorted(), Object.keys(samlChecks).toSorted());
  });
});

function without(table: TableName, name: string): Tables {
  const rest = <Row extends { readonly name: string }>(all: readonly Row[]) =>
    all.filter((row) => row.name !== name);
  return { ...strictTables, [table]: rest<{ readonly name: string }>(strictTables[table]) };
}

function isTable(name: string): name is TableName {
  return name in strictTables;
}
