// Who may write what: domain administrators everything, trustees what an organizational unit grants them.
import { deny } from './refusals.ts';
import { attributeRules, classRules, mayHave } from './schema.ts';
import { type Entry, firstOf, type Grant, structuralClass, type Tree, valuesOf } from './tree.ts';

/** Who is bound on a connection: nobody, or an account with the groups it is in, nested ones too. */
export type Session =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'account';
      readonly id: string;
      readonly groups: ReadonlySet<string>;
      readonly administrator: boolean;
    };

export const anonymous: Session = { kind: 'anonymous' };

/** Groups that own the domain: whoever is in one may write everything. */
const ruling = ['Domain Admins', 'Enterprise Admins', 'Administrators'];

export function sessionOf(tree: Tree, entry: Entry): Session {
  const groups = groupsOf(tree, entry);
  const administrator = [...groups].some((id) => {
    const group = tree.entries.get(id);
    return group !== undefined && ruling.includes(group.rdn.value);
  });
  return { kind: 'account', id: entry.id, groups, administrator };
}

/** Groups an entry is in, through other groups and through its primary group. */
export function groupsOf(tree: Tree, entry: Entry): Set<string> {
  const found = new Set<string>();
  const open = [entry.id];
  const primary = primaryGroupOf(tree, entry);
  if (primary !== undefined) {
    found.add(primary.id);
    open.push(primary.id);
  }
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const group of tree.links.get(id)?.get('member') ?? []) {
      if (found.has(group)) continue;
      found.add(group);
      open.push(group);
    }
  }
  return found;
}

export function mayWrite(tree: Tree, session: Session, entry: Entry, attribute: string): boolean {
  if (session.kind === 'anonymous') return false;
  if (session.administrator) return true;
  return grantsAt(tree, session, entry).some(
    ({ write }) => write === 'all' || write.includes(attribute),
  );
}

export function requireWrite(tree: Tree, session: Session, entry: Entry, attribute: string): void {
  if (!mayWrite(tree, session, entry, attribute)) deny('access-denied');
}

export function mayResetPassword(tree: Tree, session: Session, entry: Entry): boolean {
  if (session.kind === 'anonymous') return false;
  if (session.administrator) return true;
  return grantsAt(tree, session, entry).some(({ resetPassword }) => resetPassword);
}

/** Creating a child: judged at the container, for the class of the child. */
export function mayCreate(tree: Tree, session: Session, parent: Entry, className: string): boolean {
  if (session.kind === 'anonymous') return false;
  if (session.administrator) return true;
  return grantsAbove(tree, session, parent).some(
    (grant) => grant.create && kindOf(className) === grant.on,
  );
}

export function mayDelete(tree: Tree, session: Session, entry: Entry): boolean {
  if (session.kind === 'anonymous') return false;
  if (session.administrator) return true;
  return grantsAt(tree, session, entry).some((grant) => grant.delete);
}

/** What the session may write at the entry: the operational attribute allowedAttributesEffective. */
export function writableAttributes(tree: Tree, session: Session, entry: Entry): string[] {
  const className = structuralClass(entry);
  return attributeRules
    .filter((rule) => rule.writer === 'person' && mayHave(rule, className))
    .map(({ name }) => name)
    .filter((name) => mayWrite(tree, session, entry, name));
}

/** Classes the session may create below the entry: allowedChildClassesEffective. */
export function creatableClasses(tree: Tree, session: Session, entry: Entry): string[] {
  return classRules
    .filter(({ under }) => under.includes(structuralClass(entry)))
    .map(({ name }) => name)
    .filter((name) => mayCreate(tree, session, entry, name));
}

type Bound = Extract<Session, { kind: 'account' }>;

/** AdminSDHolder: what is marked adminCount=1 inherits no grant (MS-ADTS §3.1.1.6.1). */
function grantsAt(tree: Tree, session: Bound, entry: Entry): Grant[] {
  if (firstOf(entry, 'adminCount') === '1') return [];
  const kind = kindOf(structuralClass(entry));
  return grantsAbove(tree, session, entry).filter((grant) => grant.on === kind);
}

function grantsAbove(tree: Tree, session: Bound, entry: Entry): Grant[] {
  const found: Grant[] = [];
  let one: Entry | undefined = entry;
  while (one !== undefined) {
    found.push(...one.grants.filter(({ trustee }) => isTrustee(session, trustee)));
    one = one.parent === null ? undefined : tree.entries.get(one.parent);
  }
  return found;
}

function isTrustee(session: Bound, trustee: string): boolean {
  return session.id === trustee || session.groups.has(trustee);
}

function kindOf(className: string): Grant['on'] | undefined {
  if (className === 'user' || className === 'inetOrgPerson') return 'user';
  return className === 'group' ? 'group' : undefined;
}

function primaryGroupOf(tree: Tree, entry: Entry): Entry | undefined {
  const rid = firstOf(entry, 'primaryGroupID');
  const sid = firstOf(entry, 'objectSid');
  if (rid === undefined || sid === undefined) return undefined;
  const wanted = sid.replace(/-\d+$/, `-${rid}`);
  for (const other of tree.entries.values()) {
    if (valuesOf(other, 'objectSid')[0] === wanted) return other;
  }
  return undefined;
}
