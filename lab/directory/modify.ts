// LDAP modify (RFC 4511 §4.6): changes in the order they come, judged as a whole, done as a whole or not at all.
import { checkUnique, type Draft, grantsTrust, reviseUser } from './account-rules.ts';
import type { Modification, ModifyRequest } from './messages.ts';
import * as passwords from './passwords.ts';
import { deny } from './refusals.ts';
import { mayResetPassword, requireWrite } from './rights.ts';
import { type AttributeRule, findAttribute } from './schema.ts';
import { type Entry, getEntry, structuralClass, type Transaction } from './tree.ts';
import { comparable, type Value } from './values.ts';
import {
  type Asking,
  controlOids,
  keepsHistory,
  readValues,
  transaction,
  writableRule,
} from './writing.ts';

export async function planModify(asking: Asking, request: ModifyRequest): Promise<Transaction> {
  const entry = getEntry(asking.tree, request.dn);
  const draft: Draft = { ...entry.values };
  const asked = new Set<string>();
  for (const change of request.changes.filter((one) => !isPassword(one))) {
    asked.add(applyChange(asking, entry, draft, change));
  }
  checkSingle(draft, asked);
  const fresh = await newPassword(asking, entry, draft, request.changes.filter(isPassword));
  const hashes = fresh === undefined ? entry.passwords : [fresh, ...entry.passwords];
  const values = revise(asking, entry, draft, asked, {
    isSet: hashes.length > 0,
    isNew: fresh !== undefined,
  });
  checkUnique(asking.tree, entry.id, values, structuralClass(entry) === 'group');
  const kept = Object.fromEntries(Object.entries(values).filter(([, list]) => list.length > 0));
  return transaction(asking, [{ ...entry, values: kept, passwords: hashes.slice(0, 24) }]);
}

/** Applies one change to the draft and returns the attribute's name as the schema spells it. */
function applyChange(asking: Asking, entry: Entry, draft: Draft, change: Modification): string {
  const name = change.type.toLowerCase();
  if (name === 'name' || name === entry.rdn.type.toLowerCase()) deny('name-attribute');
  const rule = writableRule(change.type, structuralClass(entry));
  if (rule.name === 'objectClass') deny('class-violation');
  if (rule.name === 'objectCategory') deny('system-only', { attribute: rule.name });
  requireWrite(asking.tree, asking.session, entry, rule.name);
  const present = draft[rule.name] ?? [];
  const permissive = asking.controls.has(controlOids.permissiveModify);
  draft[rule.name] = changed(asking, rule, present, change, permissive);
  return rule.name;
}

function changed(
  { tree }: Asking,
  rule: AttributeRule,
  present: readonly Value[],
  change: Modification,
  permissive: boolean,
): readonly Value[] {
  const given = readValues(tree, rule, change.values);
  const key = (value: Value) => comparable(rule.syntax, value);
  const has = (list: readonly Value[], value: Value) => list.some((one) => key(one) === key(value));
  if (change.how === 'replace') return unique(rule, given, key);
  if (change.how === 'add') {
    if (given.length === 0) deny('value-malformed', { attribute: rule.name });
    const taken = given.filter((value) => has(present, value));
    if (taken.length > 0 && !permissive) refuseExisting(rule);
    const fresh = given.filter((value) => !has(present, value));
    if (rule.single && present.length > 0 && fresh.length > 0) refuseExisting(rule);
    return unique(rule, [...present, ...fresh], key);
  }
  if (given.length === 0) return present.length > 0 || permissive ? [] : refuseMissing(rule);
  if (!permissive && given.some((value) => !has(present, value))) refuseMissing(rule);
  return present.filter((value) => !has(given, value));
}

function unique(rule: AttributeRule, values: readonly Value[], key: (value: Value) => string) {
  if (new Set(values.map(key)).size < values.length) refuseExisting(rule);
  return values;
}

function refuseExisting({ name }: AttributeRule): never {
  if (name === 'member') deny('already-a-member');
  return deny('value-exists', { attribute: name });
}

function refuseMissing({ name }: AttributeRule): never {
  if (name === 'member') deny('not-a-member');
  return deny('value-missing', { attribute: name });
}

function checkSingle(draft: Draft, asked: ReadonlySet<string>): void {
  for (const name of asked) {
    const single = findAttribute(name)?.single ?? false;
    if (single && (draft[name]?.length ?? 0) > 1) deny('values-several', { attribute: name });
  }
}

function revise(
  { session, now }: Asking,
  entry: Entry,
  draft: Draft,
  asked: ReadonlySet<string>,
  password: { readonly isSet: boolean; readonly isNew: boolean },
): Draft {
  if (!entry.classes.includes('user')) return draft;
  const values = reviseUser(entry, draft, password, asked, now);
  const [before, after] = [entry.values, values].map((one) =>
    Number(one.userAccountControl?.[0] ?? 0),
  );
  const mayTrust = session.kind === 'account' && session.administrator;
  if (!mayTrust && grantsTrust(before ?? 0, after ?? 0)) deny('access-denied');
  return values;
}

function isPassword({ type }: Modification): boolean {
  return type.toLowerCase() === 'unicodepwd';
}

/**
 * The hash of the new password, or nothing when none is given. One replace is a reset by someone
 * entitled; delete and add together are a change by someone who knows the old one (MS-ADTS §3.1.1.3.1.5).
 */
async function newPassword(
  asking: Asking,
  entry: Entry,
  draft: Draft,
  changes: readonly Modification[],
): Promise<string | undefined> {
  const [first, second, ...more] = changes;
  if (first === undefined) return undefined;
  if (!entry.classes.includes('user')) deny('class-violation');
  if (more.length > 0) deny('parameter-wrong');
  if (first.how === 'replace' && second === undefined)
    return await reset(asking, entry, draft, first);
  if (first.how === 'delete' && second?.how === 'add') {
    return await change(asking, entry, draft, first, second);
  }
  return deny('parameter-wrong');
}

async function reset(asking: Asking, entry: Entry, draft: Draft, given: Modification) {
  if (!mayResetPassword(asking.tree, asking.session, entry)) deny('password-access-denied');
  const password = onePassword(given);
  const policy = passwords.policyOf(asking.tree);
  const names = passwords.namesOf({ values: draft });
  if (!passwords.isAcceptable(password, policy, names)) deny('password-refused');
  if (!keepsHistory(asking)) return await passwords.hashPassword(password);
  // With the policy hints a reset is held to what a change is held to: history and least age.
  const tooYoung = passwords.isTooYoung(entry, policy, asking.now);
  if (tooYoung || (await passwords.isRemembered(password, entry, policy.history))) {
    deny('password-refused');
  }
  return await passwords.hashPassword(password);
}

async function change(
  { tree, now }: Asking,
  entry: Entry,
  draft: Draft,
  old: Modification,
  given: Modification,
) {
  const password = onePassword(given);
  if (!(await passwords.isPassword(onePassword(old), entry.passwords[0]))) {
    deny('old-password-wrong');
  }
  const policy = passwords.policyOf(tree);
  const names = passwords.namesOf({ values: draft });
  const wrong =
    !passwords.isAcceptable(password, policy, names) || passwords.isTooYoung(entry, policy, now);
  if (wrong || (await passwords.isRemembered(password, entry, policy.history))) {
    deny('new-password-refused');
  }
  return await passwords.hashPassword(password);
}

function onePassword({ values: [value, ...more] }: Modification): string {
  if (value === undefined || more.length > 0) return deny('parameter-wrong');
  return passwords.readUnicodePwd(value);
}
