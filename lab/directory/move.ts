// LDAP modifyDN and delete (RFC 4511 §4.8, §4.9): links follow by themselves, for they hold ids.
import { parseDn } from '#lib/dn.ts';
import type { DeleteRequest, RenameRequest } from './messages.ts';
import { deny } from './refusals.ts';
import { mayCreate, mayDelete, requireWrite } from './rights.ts';
import { findClass } from './schema.ts';
import {
  childrenOf,
  type Entry,
  findChild,
  firstOf,
  getEntry,
  structuralClass,
  type Transaction,
  type Tree,
} from './tree.ts';
import { type Asking, controlOids, transaction } from './writing.ts';

export function planRename(asking: Asking, request: RenameRequest): Transaction {
  const { tree, session } = asking;
  const entry = getEntry(tree, request.dn);
  if (entry.parent === null || firstOf(entry, 'isCriticalSystemObject') === 'TRUE') {
    deny('object-critical');
  }
  if (!request.deleteOldRdn) deny('parameter-wrong');
  const parent = getEntry(tree, request.newSuperior ?? parentOf(tree, entry));
  const rdn = readRdn(tree, entry, request.newRdn);
  if (isBelow(tree, parent, entry)) deny('parameter-wrong');
  if (!findClass(structuralClass(entry))?.under.includes(structuralClass(parent))) {
    deny('name-violation', { best: tree.baseDn });
  }
  if (parent.id === entry.parent) requireWrite(tree, session, entry, 'name');
  else if (!mayDelete(tree, session, entry)) deny('access-denied');
  else if (!mayCreate(tree, session, parent, structuralClass(entry))) deny('access-denied');
  const there = findChild(tree, parent.id, rdn);
  if (there !== undefined && there.id !== entry.id) deny('object-exists');
  return transaction(asking, [{ ...entry, parent: parent.id, rdn }]);
}

export function planDelete(asking: Asking, request: DeleteRequest): Transaction {
  const { tree, session, controls } = asking;
  const entry = getEntry(tree, request.dn);
  if (!mayDelete(tree, session, entry)) deny('access-denied');
  const doomed = subtree(tree, entry);
  if (doomed.length > 1 && !controls.has(controlOids.treeDelete)) deny('not-a-leaf');
  const critical = doomed.some((one) => firstOf(one, 'isCriticalSystemObject') === 'TRUE');
  if (critical || entry.parent === null) deny('object-critical');
  return transaction(
    asking,
    [],
    doomed.map(({ id }) => id),
  );
}

function subtree(tree: Tree, entry: Entry): Entry[] {
  const found = [entry];
  for (let at = 0; at < found.length; at += 1) {
    found.push(...childrenOf(tree, found[at]?.id ?? ''));
  }
  return found;
}

function readRdn(tree: Tree, entry: Entry, text: string) {
  const rdns = parseDn(text);
  const part = rdns?.[0]?.[0];
  if (rdns?.length !== 1 || rdns[0]?.length !== 1 || part === undefined) {
    return deny('name-malformed', { best: tree.baseDn });
  }
  if (part.type.toUpperCase() !== entry.rdn.type) deny('parameter-wrong');
  if (part.value.length > 64 || part.value === '') {
    deny('value-constraint', { attribute: entry.rdn.type });
  }
  return { type: entry.rdn.type, value: part.value };
}

function parentOf(tree: Tree, { parent }: Entry): string {
  return parent === null ? tree.baseDn : `<GUID=${parent}>`;
}

function isBelow(tree: Tree, inner: Entry, outer: Entry): boolean {
  let one: Entry | undefined = inner;
  while (one !== undefined && one.id !== outer.id) {
    one = one.parent === null ? undefined : tree.entries.get(one.parent);
  }
  return one !== undefined;
}
