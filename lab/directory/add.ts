// LDAP add (RFC 4511 §4.7) with Active Directory's manners: what the client may say and what the server makes itself.
import { randomUUID } from 'node:crypto';
import { formatDn, type NamePart, parseDn } from '#lib/dn.ts';
import {
  checkUnique,
  completeGroup,
  completeUser,
  type Draft,
  grantsTrust,
} from './account-rules.ts';
import type { AddRequest, WireAttribute } from './messages.ts';
import { hashPassword, isAcceptable, namesOf, policyOf, readUnicodePwd } from './passwords.ts';
import { deny } from './refusals.ts';
import { mayCreate } from './rights.ts';
import { type ClassRule, findClass } from './schema.ts';
import {
  type Entry,
  findChild,
  firstOf,
  getEntry,
  headOf,
  structuralClass,
  type Transaction,
  type Tree,
} from './tree.ts';
import { fold } from './values.ts';
import { type Asking, readValues, transaction, writableRule } from './writing.ts';

export async function planAdd(asking: Asking, request: AddRequest): Promise<Transaction> {
  const { tree } = asking;
  const { rdn, parent } = place(tree, request.dn);
  const rule = classOf(request.attributes);
  if (!mayCreate(tree, asking.session, parent, rule.name)) deny('access-denied');
  checkName(tree, rdn, rule, parent);
  const draft = readDraft(tree, request.attributes, rdn, rule);
  const password = readPassword(request.attributes);
  const { id, values } = complete(asking, draft, rule, password !== undefined);
  if (password !== undefined) checkPassword(tree, password, values);
  const passwords = password === undefined ? [] : [await hashPassword(password)];
  const rdnType = { type: rule.rdn, value: rdn.value };
  const entry = { id, parent: parent.id, rdn: rdnType, classes: rule.chain, values, passwords };
  const nextRid = values.objectSid === undefined ? tree.nextRid : tree.nextRid + 1;
  return transaction(asking, [{ ...entry, grants: [] }], [], nextRid);
}

function place(tree: Tree, dn: string): { readonly rdn: NamePart; readonly parent: Entry } {
  const [first, ...rest] = parseDn(dn) ?? deny('name-malformed', { best: tree.baseDn });
  const [rdn] = first ?? [];
  if (rdn === undefined || first?.length !== 1)
    return deny('name-malformed', { best: tree.baseDn });
  return { rdn, parent: getEntry(tree, formatDn(rest)) };
}

/** The most special of the classes named; the others must be those it stands on. */
function classOf(attributes: readonly WireAttribute[]): ClassRule {
  const named = attributes
    .filter(({ type }) => type.toLowerCase() === 'objectclass')
    .flatMap(({ values }) => values.map((value) => value.toString()));
  const abstract = ['top', 'person', 'organizationalperson', 'domain'];
  const rules = named
    .filter((name) => !abstract.includes(name.toLowerCase()))
    .map((name) => findClass(name) ?? deny('attribute-unknown'));
  const deepest = rules.toSorted((a, b) => b.chain.length - a.chain.length)[0];
  if (deepest === undefined) return deny('class-violation');
  if (rules.some(({ name }) => !deepest.chain.includes(name))) deny('class-violation');
  return deepest;
}

function checkName(tree: Tree, rdn: NamePart, rule: ClassRule, parent: Entry): void {
  const under = rule.under.includes(structuralClass(parent));
  if (rdn.type.toUpperCase() !== rule.rdn || !under) deny('name-violation', { best: tree.baseDn });
  if (rdn.value.length > 64 || rdn.value === '') deny('value-constraint', { attribute: rule.rdn });
  if (findChild(tree, parent.id, rdn) !== undefined) deny('object-exists');
}

function readDraft(
  tree: Tree,
  attributes: readonly WireAttribute[],
  rdn: NamePart,
  className: ClassRule,
): Draft {
  const draft: Draft = {};
  for (const { type, values: wire } of attributes) {
    const name = type.toLowerCase();
    if (['objectclass', 'unicodepwd', 'objectcategory'].includes(name)) continue;
    if (name === 'name' || name === rdn.type.toLowerCase()) {
      if (wire.length !== 1 || fold(String(wire[0])) !== fold(rdn.value)) {
        deny('name-violation', { best: tree.baseDn });
      }
      continue;
    }
    const rule = writableRule(type, className.name);
    if (wire.length === 0) deny('value-malformed', { attribute: rule.name });
    if (draft[rule.name] !== undefined) deny('value-exists', { attribute: rule.name });
    const values = readValues(tree, rule, wire);
    if (rule.single && values.length > 1) deny('values-several', { attribute: rule.name });
    draft[rule.name] = [...new Set(values)];
  }
  return draft;
}

function readPassword(attributes: readonly WireAttribute[]): string | undefined {
  const given = attributes.find(({ type }) => type.toLowerCase() === 'unicodepwd');
  if (given === undefined) return undefined;
  const [value, ...more] = given.values;
  return value === undefined || more.length > 0
    ? deny('password-malformed')
    : readUnicodePwd(value);
}

function complete(asking: Asking, draft: Draft, rule: ClassRule, hasPassword: boolean) {
  const { tree, session, now } = asking;
  const id = randomUUID();
  const isUser = rule.chain.includes('user');
  if (hasPassword && !isUser) deny('class-violation');
  if (!isUser && rule.name !== 'group') return { id, values: draft };
  const completed = isUser
    ? completeUser(draft, hasPassword, tree.nextRid, now)
    : completeGroup(draft, tree.nextRid);
  const bits = Number(completed.userAccountControl?.[0] ?? 0);
  const mayTrust = session.kind === 'account' && session.administrator;
  if (isUser && !mayTrust && grantsTrust(0, bits)) deny('access-denied');
  checkUnique(tree, id, completed, !isUser);
  const head = headOf(tree);
  const domainSid = head === undefined ? 'S-1-5-21-0-0-0' : (firstOf(head, 'objectSid') ?? '');
  return { id, values: { ...completed, objectSid: [`${domainSid}-${tree.nextRid}`] } };
}

function checkPassword(tree: Tree, password: string, values: Draft): void {
  if (!isAcceptable(password, policyOf(tree), namesOf({ values }))) deny('password-refused');
}
