// Matching decides which account a record is: links first, then rules, and never by guessing.
import { own } from '#lib/own.ts';
import type { Account } from './account.ts';
import { valuesOf } from './apply.ts';
import type { AutomationDefinition, MatchRule } from './automation.ts';
import { holds } from './criteria.ts';
import type { Link } from './link.ts';
import { fold, type Known } from './looking.ts';
import type { Situation } from './plan.ts';
import { type ProblemCode, sentenceOf } from './problem.ts';
import type { Cell, SourceRead, SourceRecord } from './record.ts';

export type Match = {
  readonly personKey: string;
  readonly personName: string;
  readonly situation: Situation;
  readonly record?: SourceRecord;
  readonly link?: Link;
  /** The account, when the situation is linked. */
  readonly account?: Account;
  /** Why: how the account was found, or what is disputed, as a sentence. */
  readonly sentence: string;
  /** For a dispute: its stable code. */
  readonly code?: string;
};

/** Accounts that a record's rules lead to, each with the rule that did. */
type Hits = ReadonlyMap<Account, MatchRule>;

/**
 * One match for each record in scope, each link and each refusal, in key order. A link decides alone. Without one
 * every rule is asked, and all that find an account must find the same: two accounts for a record, two records for
 * an account and an account that is linked to somebody else are disputes for a person to settle.
 */
export function matchRecords(
  definition: AutomationDefinition,
  source: SourceRead,
  known: Known,
  now: Date,
): Match[] {
  const links = new Map(known.links.map((link) => [link.personKey, link]));
  const owners = new Map(known.links.map((link) => [link.accountId, link]));
  const indexes = definition.automation.match.map((rule) => indexFor(rule, known));
  const hits = new Map<SourceRecord, Hits>();
  const claims = new Map<string, SourceRecord[]>();
  for (const record of unlinkedInScope(definition, source, links, now)) {
    const found = hitsOf(record, indexes);
    hits.set(record, found);
    for (const { id } of found.keys()) claims.set(id, [...(claims.get(id) ?? []), record]);
  }
  const matches = [
    ...source.refusals.map((refusal) => ({ ...personOf(refusal), ...refused(refusal) })),
    ...source.records.flatMap((record): Match[] => {
      const link = links.get(record.key);
      if (link !== undefined) return [linked(record, link, known)];
      const found = hits.get(record);
      return found === undefined ? [] : [byRules(record, found, owners, claims)];
    }),
    ...gone(source, known.links),
  ];
  return matches.toSorted((one, other) => (one.personKey < other.personKey ? -1 : 1));
}

/** The records that rules are asked for. */
export function unlinkedInScope(
  definition: AutomationDefinition,
  source: SourceRead,
  links: ReadonlyMap<string, Link>,
  now: Date,
): SourceRecord[] {
  return source.records.filter(
    (record) => !links.has(record.key) && holds(definition.automation.scope, record.columns, now),
  );
}

/** The value a rule compares, in the spelling it compares it in; nothing when the cell is empty. */
export function comparedValue(cell: Cell | undefined): string | undefined {
  if (typeof cell !== 'string' && typeof cell !== 'number') return undefined;
  const folded = fold(String(cell));
  return folded === '' ? undefined : folded;
}

type Index = {
  readonly rule: MatchRule;
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
};

function indexFor(rule: MatchRule, known: Known): Index {
  const accounts = new Map<string, Account[]>();
  for (const account of known.accounts.values()) {
    if (account === null) continue;
    for (const value of valuesOf(account.attributes, rule.attribute)) {
      const key = fold(value);
      const others = accounts.get(key);
      if (others === undefined) accounts.set(key, [account]);
      else others.push(account);
    }
  }
  return { rule, accounts };
}

function hitsOf(record: SourceRecord, indexes: readonly Index[]): Hits {
  const hits = new Map<Account, MatchRule>();
  for (const { rule, accounts } of indexes) {
    const value = comparedValue(own(record.columns, rule.column));
    if (value === undefined) continue;
    for (const account of accounts.get(value) ?? []) {
      if (!hits.has(account)) hits.set(account, rule);
    }
  }
  return hits;
}

function linked(record: SourceRecord, link: Link, known: Known): Match {
  const account = known.accounts.get(link.accountId);
  if (account === undefined || account === null) {
    return disputed(record, 'account.vanished', { person: record.name });
  }
  return {
    ...personOf(record),
    situation: 'linked',
    record,
    link,
    account,
    sentence: `${record.name} is linked to ${account.dn}`,
  };
}

function byRules(
  record: SourceRecord,
  hits: Hits,
  owners: ReadonlyMap<string, Link>,
  claims: ReadonlyMap<string, readonly SourceRecord[]>,
): Match {
  const person = record.name;
  const [hit, ...more] = [...hits].toSorted(([one], [other]) => (one.dn < other.dn ? -1 : 1));
  if (hit === undefined) {
    const sentence = `no account matches ${person}`;
    return { ...personOf(record), situation: 'new', record, sentence };
  }
  const [account, rule] = hit;
  if (more.length > 0) {
    const accounts = [hit, ...more].map(([one, by]) => `${one.dn} (by ${by.attribute})`);
    return disputed(record, 'match.several-accounts', { person, accounts: accounts.join(' and ') });
  }
  const owner = owners.get(account.id);
  if (owner !== undefined) {
    const values = { person, account: account.dn, other: owner.personName };
    return disputed(record, 'match.account-linked', values);
  }
  const others = (claims.get(account.id) ?? []).filter((other) => other !== record);
  if (others.length > 0) {
    const names = others.map(({ name, key }) => `${name} (${key})`).toSorted();
    const values = { person, account: account.dn, others: names.join(' and ') };
    return disputed(record, 'match.several-records', values);
  }
  const value = String(record.columns[rule.column]);
  const sentence = `${rule.attribute} of ${account.dn} is ${value}, as ${rule.column} in the source`;
  return { ...personOf(record), situation: 'linked', record, account, sentence };
}

function gone(source: SourceRead, links: readonly Link[]): Match[] {
  const present = new Set([...source.records, ...source.refusals].map(({ key }) => key));
  return links
    .filter((link) => !present.has(link.personKey))
    .map((link) => ({
      personKey: link.personKey,
      personName: link.personName,
      situation: 'gone' as const,
      link,
      sentence: sentenceOf('person.gone', { person: link.personName }),
      code: 'person.gone',
    }));
}

function disputed(
  record: SourceRecord,
  code: ProblemCode,
  values: Readonly<Record<string, string>>,
): Match {
  return {
    ...personOf(record),
    situation: 'disputed',
    record,
    sentence: sentenceOf(code, values),
    code,
  };
}

function refused({ sentence, code }: { readonly sentence: string; readonly code: string }) {
  return { situation: 'disputed' as const, sentence, code };
}

function personOf({ key, name }: { readonly key: string; readonly name: string }) {
  return { personKey: key, personName: name };
}
