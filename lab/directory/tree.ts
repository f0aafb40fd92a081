// The directory's state in memory: entries in a tree, with the indexes that look-ups need.
import { formatDn, isWithin, type NamePart, parseDn } from '#lib/dn.ts';
import { isGuid } from '#lib/guid.ts';
import { deny, refer } from './refusals.ts';
import { findAttribute } from './schema.ts';
import { fold, type Value } from './values.ts';

/** What a trustee may do at an entry and below it (a much simplified access control entry). */
export type Grant = {
  readonly trustee: string;
  /** The class of objects it is about. */
  readonly on: 'user' | 'group';
  readonly create: boolean;
  readonly delete: boolean;
  readonly resetPassword: boolean;
  readonly write: 'all' | readonly string[];
};

export type Entry = {
  /** objectGUID in text form. */
  readonly id: string;
  /** Null for the head of the naming context. */
  readonly parent: string | null;
  readonly rdn: NamePart;
  /** From `top` down to the structural class. */
  readonly classes: readonly string[];
  /** Stored attributes by the schema's spelling; links hold ids. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
  /** Hashes of the password and of those before it, newest first. */
  readonly passwords: readonly string[];
  readonly grants: readonly Grant[];
};

export type Tree = {
  readonly baseDn: string;
  readonly dnsDomain: string;
  readonly netbiosName: string;
  readonly entries: Map<string, Entry>;
  readonly children: Map<string, Map<string, string>>;
  /** Target -> ids of the entries that link to it, by attribute. */
  readonly links: Map<string, Map<string, Set<string>>>;
  /** Unique names: attribute and folded value -> id. */
  readonly names: Map<string, string>;
  usn: number;
  nextRid: number;
};

/** One transaction: entries as they shall be, and ids that shall be gone. */
export type Transaction = {
  readonly put: readonly Entry[];
  readonly remove: readonly string[];
  readonly usn: number;
  readonly nextRid: number;
};

export function emptyTree(baseDn: string, dnsDomain: string, netbiosName: string): Tree {
  return {
    baseDn,
    dnsDomain,
    netbiosName,
    entries: new Map(),
    children: new Map(),
    links: new Map(),
    names: new Map(),
    usn: 8_192,
    nextRid: 1_104,
  };
}

/** The only thing that changes a tree. */
export function commit(tree: Tree, { put, remove, usn, nextRid }: Transaction): void {
  for (const id of remove) {
    unlink(tree, id);
    forget(tree, id);
  }
  for (const entry of put) {
    forget(tree, entry.id);
    remember(tree, entry);
  }
  tree.usn = usn;
  tree.nextRid = nextRid;
}

export function structuralClass(entry: Entry): string {
  return entry.classes.at(-1) ?? 'top';
}

export function valuesOf(entry: Entry, attribute: string): readonly Value[] {
  return entry.values[attribute] ?? [];
}

export function firstOf(entry: Entry, attribute: string): Value | undefined {
  return entry.values[attribute]?.[0];
}

export function dnOf(tree: Tree, entry: Entry): string {
  const rdns: NamePart[][] = [];
  let one: Entry | undefined = entry;
  while (one !== undefined && one.parent !== null) {
    rdns.push([one.rdn]);
    one = tree.entries.get(one.parent);
  }
  return rdns.length === 0 ? tree.baseDn : `${formatDn(rdns)},${tree.baseDn}`;
}

/** The DN of what an id points to; nothing when it is gone. */
export function dnOfId(tree: Tree, id: string): string | undefined {
  const entry = tree.entries.get(id);
  return entry === undefined ? undefined : dnOf(tree, entry);
}

/** The entry with the name: a DN, `<GUID=...>` or `<SID=...>` (MS-ADTS §3.1.1.3.1.2.4). */
export function getEntry(tree: Tree, name: string): Entry {
  const special = /^<(GUID|SID)=([^>]+)>$/i.exec(name.trim());
  if (special) return getByIdentity(tree, special[1] ?? '', special[2] ?? '');
  const entry = findByDn(tree, name);
  if (entry !== undefined) return entry;
  if (!isWithin(name, tree.baseDn)) refer(hostOf(name), name);
  return deny('object-missing', { best: closest(tree, name) });
}

export function findByDn(tree: Tree, dn: string): Entry | undefined {
  const rdns = parseDn(dn);
  if (rdns === undefined) deny('name-malformed', { best: tree.baseDn });
  const depth = rdns.length - (parseDn(tree.baseDn)?.length ?? 0);
  if (depth < 0 || !isWithin(dn, tree.baseDn)) return undefined;
  let entry = headOf(tree);
  for (const rdn of rdns.slice(0, depth).toReversed()) {
    const [part] = rdn;
    if (part === undefined || rdn.length > 1 || entry === undefined) return undefined;
    const child = tree.children.get(entry.id)?.get(rdnKey(part));
    entry = child === undefined ? undefined : tree.entries.get(child);
  }
  return entry;
}

export function headOf(tree: Tree): Entry | undefined {
  const id = tree.children.get('')?.values().next().value;
  return id === undefined ? undefined : tree.entries.get(id);
}

export function childrenOf(tree: Tree, id: string): Entry[] {
  const ids = [...(tree.children.get(id)?.values() ?? [])];
  return ids.flatMap((child) => tree.entries.get(child) ?? []);
}

export function findChild(tree: Tree, parent: string, rdn: NamePart): Entry | undefined {
  const id = tree.children.get(parent)?.get(rdnKey(rdn));
  return id === undefined ? undefined : tree.entries.get(id);
}

/** Who bears the name in an attribute whose values are unique in the domain. */
export function bearerOf(tree: Tree, attribute: UniqueName, value: Value): string | undefined {
  return tree.names.get(nameKey(attribute, value));
}

/** Ids of the entries that link to the entry through the attribute. */
export function linkedFrom(tree: Tree, id: string, attribute: string): string[] {
  return [...(tree.links.get(id)?.get(attribute) ?? [])];
}

export const uniqueNames = ['sAMAccountName', 'userPrincipalName'] as const;
export type UniqueName = (typeof uniqueNames)[number];

function remember(tree: Tree, entry: Entry): void {
  tree.entries.set(entry.id, entry);
  const parent = entry.parent ?? '';
  const siblings = tree.children.get(parent) ?? new Map<string, string>();
  tree.children.set(parent, siblings.set(rdnKey(entry.rdn), entry.id));
  for (const name of uniqueNames) {
    for (const value of valuesOf(entry, name)) tree.names.set(nameKey(name, value), entry.id);
  }
  for (const [attribute, target] of linksOf(entry)) {
    const byAttribute = tree.links.get(target) ?? new Map<string, Set<string>>();
    const sources = byAttribute.get(attribute) ?? new Set<string>();
    tree.links.set(target, byAttribute.set(attribute, sources.add(entry.id)));
  }
}

function forget(tree: Tree, id: string): void {
  const entry = tree.entries.get(id);
  if (entry === undefined) return;
  tree.entries.delete(id);
  tree.children.get(entry.parent ?? '')?.delete(rdnKey(entry.rdn));
  for (const name of uniqueNames) {
    for (const value of valuesOf(entry, name)) tree.names.delete(nameKey(name, value));
  }
  for (const [attribute, target] of linksOf(entry)) {
    tree.links.get(target)?.get(attribute)?.delete(id);
  }
}

/** Links to what is deleted go with it, and do not count as a change of where they were. */
function unlink(tree: Tree, target: string): void {
  for (const [attribute, sources] of tree.links.get(target) ?? []) {
    for (const source of [...sources].flatMap((id) => tree.entries.get(id) ?? [])) {
      const left = valuesOf(source, attribute).filter((id) => id !== target);
      const { [attribute]: _, ...others } = source.values;
      const values = left.length === 0 ? others : { ...source.values, [attribute]: left };
      tree.entries.set(source.id, { ...source, values });
    }
  }
  tree.links.delete(target);
}

function linksOf(entry: Entry): (readonly [attribute: string, target: string])[] {
  return Object.entries(entry.values).flatMap(([attribute, values]) =>
    findAttribute(attribute)?.syntax === 'dn'
      ? values.map((target) => [attribute, target] as const)
      : [],
  );
}

function getByIdentity(tree: Tree, kind: string, text: string): Entry {
  const wanted = kind.toUpperCase() === 'GUID' ? guidOf(text) : text.toUpperCase();
  for (const entry of tree.entries.values()) {
    if (entry.id === wanted || firstOf(entry, 'objectSid') === wanted) return entry;
  }
  return deny('object-missing', { best: '' });
}

/** In a name the GUID is text with dashes, or 32 hex digits in the order of the bytes. */
function guidOf(text: string): string {
  if (isGuid(text)) return text.toLowerCase();
  const bytes = text.toLowerCase().match(/^[\da-f]{32}$/) ? text.toLowerCase().match(/../g) : null;
  if (bytes === null) return deny('name-malformed', { best: '' });
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((at) => bytes[at]).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The nearest entry above a name that does exist: what clients show in "best match of". */
function closest(tree: Tree, dn: string): string {
  const rdns = parseDn(dn) ?? [];
  for (let cut = 1; cut < rdns.length; cut += 1) {
    const above = findByDn(tree, formatDn(rdns.slice(cut)));
    if (above !== undefined) return dnOf(tree, above);
  }
  return tree.baseDn;
}

function hostOf(dn: string): string {
  const parts = (parseDn(dn) ?? []).flat().filter(({ type }) => type.toLowerCase() === 'dc');
  if (parts.length === 0) deny('object-missing', { best: '' });
  return parts.map(({ value }) => value).join('.');
}

function rdnKey({ type, value }: NamePart): string {
  return `${type.toLowerCase()}=${fold(value)}`;
}

function nameKey(attribute: UniqueName, value: Value): string {
  return `${attribute}=${fold(value)}`;
}
