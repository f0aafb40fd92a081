// A source is one or several inbound endpoints joined by a primary key; reading it gives everyone, once.
import { createHash } from 'node:crypto';
import type { AutomationDefinition } from './automation.ts';
import { canonical } from './canonical.ts';
import { readRows, type TypedRow, type TypedRows } from './columns.ts';
import { fillTemplate, readTemplate } from './macro.ts';
import { Problem, sentenceOf } from './problem.ts';
import type { Cell, Refusal, SourceFacts, SourceRead, SourceRecord } from './record.ts';

type Joined = SourceRecord | Refusal;

/**
 * Types and joins complete reads: `rows` holds the raw rows of each endpoint, in the order of the definition's
 * endpoints. Throws when the source as a whole cannot be believed; one person's trouble is a refusal.
 */
export function readSource(
  definition: AutomationDefinition,
  rows: readonly (readonly unknown[])[],
): SourceRead {
  const tables = definition.endpoints.map((endpoint, at) => readRows(endpoint, rows[at] ?? []));
  const [main, ...others] = tables;
  const byKey = Map.groupBy(main?.rows ?? [], ({ key }) => key);
  const joins = others.map((table, at) => ({
    rows: Map.groupBy(table.rows, ({ key }) => key),
    inner: definition.automation.source.endpoints[at + 1]?.join === 'inner',
  }));
  const name = nameReader(definition);
  const joined = [...byKey]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([key, mains]): Joined[] => {
      const found = joins.map((join) => join.rows.get(key) ?? []);
      if (joins.some((join, at) => join.inner && found[at]?.length === 0)) return [];
      return [join(key, [mains, ...found], name)];
    });
  const records = joined.filter((one) => 'columns' in one);
  const refusals = joined.filter((one) => 'code' in one);
  return { records, refusals, facts: factsOf(definition, tables, joined) };
}

function join(
  key: string,
  tables: readonly (readonly TypedRow[])[],
  nameOf: (key: string, columns: SourceRecord['columns']) => string,
): Joined {
  const columns: Record<string, Cell> = {};
  for (const [row] of tables.toReversed()) Object.assign(columns, row?.cells);
  const name = nameOf(key, columns);
  const many = tables.find((rows) => rows.length > 1);
  if (many !== undefined) {
    const names = new Set(many.map(({ cells }) => nameOf(key, { ...columns, ...cells })));
    const values = { key, count: many.length };
    return refusal(key, [...names].toSorted().join(' / '), 'record.duplicate', values);
  }
  const wrong = tables.flatMap((rows) => rows.flatMap((row) => row.wrong ?? [])).at(0);
  return wrong === undefined ? { key, name, columns } : refusal(key, name, 'cell.wrong', wrong);
}

function refusal(
  key: string,
  name: string,
  code: 'record.duplicate' | 'cell.wrong',
  values: Readonly<Record<string, string | number>>,
): Refusal {
  return { key, name, code, sentence: sentenceOf(code, values) };
}

/** A person is called as the automation says, or by key where a name is missing. */
function nameReader(definition: AutomationDefinition) {
  const template = readTemplate(definition.automation.source.personName);
  return (key: string, columns: SourceRecord['columns']): string => {
    try {
      return fillTemplate(template, 'plain', { now: new Date(0), columns }).trim();
    } catch (fault) {
      if (fault instanceof Problem) return key;
      throw fault;
    }
  };
}

function factsOf(
  definition: AutomationDefinition,
  tables: readonly TypedRows[],
  joined: readonly Joined[],
): SourceFacts {
  const digest = createHash('sha256');
  for (const one of joined) digest.update(`${canonical(one)}\n`);
  const asked = definition.endpoints.map(
    ({ connectionId, request, rowsPath, paging, columns, primaryKey }) => ({
      connectionId,
      request,
      rowsPath,
      paging,
      columns,
      primaryKey,
    }),
  );
  return {
    records: joined.length,
    complete: true,
    digest: digest.digest('hex'),
    columns: [...new Set(tables.flatMap(({ seen }) => [...seen]))].toSorted(),
    asked: createHash('sha256')
      .update(canonical({ asked, source: definition.automation.source }))
      .digest('hex'),
  };
}
