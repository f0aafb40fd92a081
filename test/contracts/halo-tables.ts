// Reads the property tables of the reference: which members a schema of Halo's has, of which type and kind.

export type TableMember = {
  readonly name: string;
  /** int, int64, double, string, bool, datetime, uuid, any, a model's name, or one of these with []. */
  readonly type: string;
  readonly nullable: boolean;
  readonly kind: string;
};

const heading = /^#{2,3} (?:\d+\.\d+ )?(\w+)\b/;
const row = /^\| \d+ \| `([^`]+)` \| ([\w[\]]+)(\?)? \| ([^|]*?) \|/;

/** By schema. Two tables under one heading, as of a model and its sister, are told apart by their sentence. */
export function tablesOf(markdown: string): ReadonlyMap<string, readonly TableMember[]> {
  const tables = new Map<string, TableMember[]>();
  let name = '';
  for (const line of markdown.split('\n')) {
    name = heading.exec(line)?.[1] ?? sister.exec(line)?.[1] ?? name;
    const [, member, type, mark, kind = ''] = row.exec(line) ?? [];
    if (member === undefined || type === undefined) continue;
    const table = tables.get(name) ?? [];
    // A model of objects may be null without a question mark: so says the reference.
    const nullable = mark === '?' || isModel(type);
    tables.set(name, [...table, { name: member, type, nullable, kind: kind.trim() }]);
  }
  return tables;
}

/** "Sister model LoginToken (SW24):", "AzureDelta:" */
const sister = /(?:Sister model (\w+)|^(\w+)(?: \([^)]*\))?:$)/;

const scalars = ['int', 'int64', 'double', 'string', 'bool', 'datetime', 'uuid', 'any'];

function isModel(type: string): boolean {
  return !type.endsWith('[]') && !scalars.includes(type);
}
