// What every write to the lab's directory shares: who asks, how attributes are read, how a transaction is stamped.

import { deny } from './refusals.ts';
import type { Session } from './rights.ts';
import { type AttributeRule, findAttribute, mayHave } from './schema.ts';
import type { Entry, Transaction, Tree } from './tree.ts';
import { findByDn } from './tree.ts';
import { generalizedTime, readValue, type Value } from './values.ts';

/** One write: the state it stands on, who asks and when. */
export type Asking = {
  readonly tree: Tree;
  readonly session: Session;
  readonly now: Date;
  /** OIDs of the controls that came with the request. */
  readonly controls: ReadonlySet<string>;
};

export const controlOids = {
  paged: '1.2.840.113556.1.4.319',
  treeDelete: '1.2.840.113556.1.4.805',
  permissiveModify: '1.2.840.113556.1.4.1413',
  domainScope: '1.2.840.113556.1.4.1339',
  lazyCommit: '1.2.840.113556.1.4.619',
  securityFlags: '1.2.840.113556.1.4.801',
  policyHints: '1.2.840.113556.1.4.2239',
  policyHintsOld: '1.2.840.113556.1.4.2066',
} as const;

export function keepsHistory({ controls }: Asking): boolean {
  return controls.has(controlOids.policyHints) || controls.has(controlOids.policyHintsOld);
}

/** The rule of an attribute that a person wants to write on an object of the class. */
export function writableRule(name: string, className: string): AttributeRule {
  const rule = findAttribute(name);
  if (rule === undefined) return deny('attribute-unknown');
  if (rule.writer === 'sam') deny('owned-by-sam');
  if (rule.writer === 'server' || rule.constructed) deny('system-only', { attribute: rule.name });
  if (!mayHave(rule, className)) deny('class-violation');
  return rule;
}

/** Values as they are stored; a link becomes the id of what it names. */
export function readValues(tree: Tree, rule: AttributeRule, wire: readonly Buffer[]): Value[] {
  return wire.map((value) =>
    rule.syntax === 'dn' ? readLink(tree, rule, value) : readValue(rule, value),
  );
}

/** Stamps what is put with time and update sequence numbers. */
export function transaction(
  { tree, now }: Pick<Asking, 'tree' | 'now'>,
  put: readonly Entry[],
  remove: readonly string[] = [],
  nextRid: number = tree.nextRid,
): Transaction {
  const at = generalizedTime(now);
  const stamped = put.map((entry, index) => stamp(entry, at, String(tree.usn + 1 + index)));
  return { put: stamped, remove, usn: tree.usn + put.length + remove.length, nextRid };
}

function stamp(entry: Entry, at: string, usn: string): Entry {
  const values = {
    whenCreated: [at],
    uSNCreated: [usn],
    instanceType: ['4'],
    ...entry.values,
    whenChanged: [at],
    uSNChanged: [usn],
  };
  return { ...entry, values };
}

function readLink(tree: Tree, rule: AttributeRule, wire: Buffer): Value {
  const name = wire.toString('utf8');
  const guid = /^<GUID=([\da-f-]{36})>$/i.exec(name)?.[1]?.toLowerCase();
  const entry = guid === undefined ? findByDn(tree, name) : tree.entries.get(guid);
  if (entry !== undefined) return entry.id;
  return rule.name === 'member'
    ? deny('member-missing')
    : deny('link-dangling', { attribute: rule.name });
}
