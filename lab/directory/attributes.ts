// What an entry shows: stored attributes, links seen from their other end, and what is worked out when asked for.
import { parseDn } from '#lib/dn.ts';
import { control, never } from './account-rules.ts';
import { isLocked } from './lockout.ts';
import { creatableClasses, groupsOf, type Session, writableAttributes } from './rights.ts';
import {
  type AttributeRule,
  attributeRules,
  backlinks,
  classRules,
  findClass,
  mayHave,
} from './schema.ts';
import {
  dnOf,
  dnOfId,
  type Entry,
  firstOf,
  headOf,
  linkedFrom,
  structuralClass,
  type Tree,
  valuesOf,
} from './tree.ts';
import { type Value, writeValue } from './values.ts';

/** Whose eyes see which state. */
export type View = { readonly tree: Tree; readonly session: Session; readonly now: Date };

const forward = new Map(Object.entries(backlinks).map(([link, back]) => [back, link]));

/** The values of an attribute; links are ids. */
export function read(view: View, entry: Entry, rule: AttributeRule): readonly Value[] {
  if (rule.name === 'unicodePwd') return [];
  const stored = entry.values[rule.name];
  if (stored !== undefined) return stored;
  const link = forward.get(rule.name);
  if (link !== undefined) return linkedFrom(view.tree, entry.id, link);
  return made[rule.name]?.(view, entry) ?? [];
}

/** The values as they go over the wire. */
export function written(view: View, entry: Entry, rule: AttributeRule): Buffer[] {
  const values = read(view, entry, rule);
  if (rule.syntax !== 'dn') return values.map((value) => writeValue(rule.syntax, value));
  return values.flatMap((id) => {
    const dn = dnOfId(view.tree, id);
    return dn === undefined ? [] : [Buffer.from(dn)];
  });
}

/** The attributes of `*`: all that is there and not worked out on demand. */
export const ordinaryRules = attributeRules.filter((rule) => !rule.constructed);

type Maker = (view: View, entry: Entry) => readonly Value[];

const made: Readonly<Record<string, Maker>> = {
  objectGUID: (_, entry) => [entry.id],
  objectClass: (_, entry) => entry.classes,
  objectCategory: ({ tree }, entry) => [categoryDn(tree, structuralClass(entry))],
  name: (_, entry) => [entry.rdn.value],
  cn: (_, entry) => (entry.rdn.type === 'CN' ? [entry.rdn.value] : []),
  ou: (_, entry) => (entry.rdn.type === 'OU' ? [entry.rdn.value] : []),
  dc: (_, entry) => (entry.rdn.type === 'DC' ? [entry.rdn.value] : []),
  distinguishedName: (_, entry) => [entry.id],
  parentGUID: (_, entry) => (entry.parent === null ? [] : [entry.parent]),
  structuralObjectClass: (_, entry) => [structuralClass(entry)],
  createTimeStamp: (_, entry) => valuesOf(entry, 'whenCreated'),
  modifyTimeStamp: (_, entry) => valuesOf(entry, 'whenChanged'),
  canonicalName: ({ tree }, entry) => [canonicalName(tree, entry)],
  primaryGroupToken: (_, entry) =>
    structuralClass(entry) === 'group' ? [ridOf(firstOf(entry, 'objectSid') ?? '')] : [],
  tokenGroups: ({ tree }, entry) =>
    [...groupsOf(tree, entry)].flatMap((id) => {
      const group = tree.entries.get(id);
      return group === undefined ? [] : valuesOf(group, 'objectSid');
    }),
  'msDS-PrincipalName': ({ tree }, entry) =>
    valuesOf(entry, 'sAMAccountName').map((name) => `${tree.netbiosName}\\${name}`),
  'msDS-User-Account-Control-Computed': ({ tree, now }, entry) =>
    isUser(entry) ? [String(computedControl(tree, entry, now))] : [],
  'msDS-UserPasswordExpiryTimeComputed': ({ tree }, entry) =>
    isUser(entry) ? [passwordExpiry(tree, entry)] : [],
  allowedAttributes: (_, entry) =>
    attributeRules.filter((rule) => mayHave(rule, structuralClass(entry))).map(({ name }) => name),
  allowedAttributesEffective: ({ tree, session }, entry) =>
    writableAttributes(tree, session, entry),
  allowedChildClasses: (_, entry) =>
    classRules
      .filter(({ under }) => under.includes(structuralClass(entry)))
      .map(({ name }) => name),
  allowedChildClassesEffective: ({ tree, session }, entry) =>
    creatableClasses(tree, session, entry),
};

export function categoryDn(tree: Tree, className: string): string {
  const category = findClass(className)?.category ?? 'Top';
  return `CN=${category},CN=Schema,CN=Configuration,${tree.baseDn}`;
}

/** `ad.larkfield.test/People/Porto/Ines Marlow`: from the top, slashes in names escaped. */
function canonicalName(tree: Tree, entry: Entry): string {
  const head = (parseDn(tree.baseDn) ?? []).length;
  const below = (parseDn(dnOf(tree, entry)) ?? []).slice(0, -head).toReversed();
  const names = below.flat().map(({ value }) => value.replaceAll('/', '\\/'));
  return `${tree.dnsDomain}/${names.join('/')}`;
}

function ridOf(sid: string): Value {
  return sid.slice(sid.lastIndexOf('-') + 1);
}

function isUser(entry: Entry): boolean {
  return entry.classes.includes('user');
}

const neverExpires = 0x1_0000;

function computedControl(tree: Tree, entry: Entry, now: Date): number {
  const locked = isLocked(tree, entry, now) ? control.lockedOut : 0;
  const bits = Number(firstOf(entry, 'userAccountControl') ?? 0);
  const mustChange = firstOf(entry, 'pwdLastSet') === '0' && (bits & neverExpires) === 0;
  return locked | (mustChange ? control.passwordExpired : 0);
}

function passwordExpiry(tree: Tree, entry: Entry): Value {
  const bits = Number(firstOf(entry, 'userAccountControl') ?? 0);
  const set = BigInt(firstOf(entry, 'pwdLastSet') ?? '0');
  if ((bits & neverExpires) !== 0) return never;
  if (set === 0n) return '0';
  const head = headOf(tree);
  const age = head === undefined ? undefined : firstOf(head, 'maxPwdAge');
  const ages = age === undefined || BigInt(age) === 0n || BigInt(age) < -(2n ** 62n);
  return ages ? never : String(set - BigInt(age));
}
