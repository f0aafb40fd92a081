// LDAP search (RFC 4511 §4.5) with Active Directory's limits: 1,000 entries unpaged, 1,500 values in one answer.
import { randomUUID } from 'node:crypto';
import { ordinaryRules, type View, written } from './attributes.ts';
import * as ber from './ber.ts';
import { matcher } from './match.ts';
import {
  type Control,
  type Result,
  type SearchRequest,
  success,
  type WireAttribute,
  writeEntry,
  writeReference,
  writeResult,
} from './messages.ts';
import { deny, Refusal } from './refusals.ts';
import { rootDse, serviceSettings } from './root-dse.ts';
import { type AttributeRule, findAttribute } from './schema.ts';
import { childrenOf, dnOf, type Entry, getEntry, structuralClass } from './tree.ts';
import { fold } from './values.ts';
import { controlOids } from './writing.ts';

/** Pages that a connection has begun and may continue: cookie -> ids still to come. */
export type OpenPages = Map<string, readonly string[]>;

const entriesMax = 1_000;
const valuesMax = 1_500;
const openPagesMax = 10;

export type Searching = View & {
  readonly now: Date;
  readonly id: number;
  readonly controls: readonly Control[];
  readonly pages: OpenPages;
  readonly deadline: () => boolean;
};

/** The answer, message by message; the last one is the result. */
export function* search(asking: Searching, request: SearchRequest): Generator<Buffer> {
  if (request.base === '') {
    if (request.scope !== 'base') deny('object-missing', { best: '' });
    yield* facts(asking, request, rootDse(asking.tree, asking.now));
    return;
  }
  if (asking.session.kind === 'anonymous') deny('bind-needed');
  const settings = serviceSettings(asking.tree, request.base);
  if (settings !== undefined && request.scope === 'base') {
    yield* facts(asking, request, settings);
    return;
  }
  const paging = readPaging(asking.controls);
  const base = getEntry(asking.tree, request.base);
  const ids = takePage(asking, paging) ?? find(asking, request, base);
  const size = Math.min(paging?.size ?? entriesMax, entriesMax);
  const limit = request.sizeLimit > 0 ? Math.min(request.sizeLimit, size) : size;
  const chosen = choose(request.attributes);
  for (const id of ids.slice(0, limit)) {
    const entry = asking.tree.entries.get(id);
    if (entry !== undefined) yield entryMessage(asking, request, entry, chosen);
  }
  const left = ids.slice(limit);
  if (left.length === 0) yield* references(asking, request, base);
  yield writeResult(
    asking.id,
    'search',
    outcome(request, left, paging),
    reply(asking, paging, left),
  );
}

/** What is no entry of the tree and answers to its name alone. */
function* facts(
  asking: Searching,
  request: SearchRequest,
  told: readonly WireAttribute[],
): Generator<Buffer> {
  const names = request.attributes.map((name) => name.toLowerCase());
  const all = names.length === 0 || names.includes('*') || names.includes('+');
  const shown = told
    .filter(({ type }) => all || names.includes(type.toLowerCase()))
    .map((one) => (request.typesOnly ? { ...one, values: [] } : one));
  yield writeEntry(asking.id, request.base, shown);
  yield writeResult(asking.id, 'search', success);
}

function find(asking: Searching, request: SearchRequest, base: Entry): string[] {
  const matches = matcher(asking, request.filter);
  const found: string[] = [];
  for (const entry of within(asking, request.scope, base)) {
    if (asking.deadline()) deny('time-limit');
    if (matches(entry)) found.push(entry.id);
  }
  return found;
}

function* within({ tree }: View, scope: SearchRequest['scope'], base: Entry): Generator<Entry> {
  if (scope === 'base') yield base;
  if (scope === 'one') yield* childrenOf(tree, base.id).filter(isSameContext);
  if (scope !== 'sub') return;
  const open = [base];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    yield entry;
    open.push(...childrenOf(tree, entry.id).filter(isSameContext).toReversed());
  }
}

/** The configuration is a naming context of its own: seen from the domain it is a reference. */
function isSameContext(entry: Entry): boolean {
  return structuralClass(entry) !== 'configuration';
}

function* references({ tree, id, controls }: Searching, request: SearchRequest, base: Entry) {
  const unwanted = controls.some(({ oid }) => oid === controlOids.domainScope);
  if (unwanted || request.scope === 'base' || base.parent !== null) return;
  const dn = `CN=Configuration,${tree.baseDn}`;
  yield writeReference(id, `ldaps://${tree.dnsDomain}/${dn}`);
}

type Chosen = {
  readonly rule: AttributeRule;
  readonly range: { readonly from: number; readonly to: number } | null;
};

/** The attributes asked for; what the schema does not know is left out (RFC 4511 §4.5.1.8). */
function choose(names: readonly string[]): readonly Chosen[] {
  const all = names.length === 0 || names.includes('*');
  const named = names.flatMap((name): Chosen[] => {
    const [plain = '', ...options] = name.split(';');
    const rule = findAttribute(plain);
    return rule === undefined ? [] : [{ rule, range: readRange(options) }];
  });
  const usual = all ? ordinaryRules.map((rule) => ({ rule, range: null })) : [];
  const seen = new Set(named.map(({ rule }) => rule.name));
  return [...named, ...usual.filter(({ rule }) => !seen.has(rule.name))];
}

function readRange(options: readonly string[]): Chosen['range'] {
  for (const option of options) {
    const match = /^range=(\d{1,9})-(\d{1,9}|\*)$/i.exec(option);
    if (match)
      return { from: Number(match[1]), to: match[2] === '*' ? Infinity : Number(match[2]) };
  }
  return null;
}

function entryMessage(
  asking: Searching,
  request: SearchRequest,
  entry: Entry,
  chosen: readonly Chosen[],
): Buffer {
  const attributes = chosen.flatMap(({ rule, range }) =>
    shown(rule.name, written(asking, entry, rule), range),
  );
  const bare = attributes.map(({ type }) => ({ type, values: [] }));
  return writeEntry(asking.id, dnOf(asking.tree, entry), request.typesOnly ? bare : attributes);
}

/** More than 1,500 values come as `member;range=0-1499`, beside an empty `member` (MS-ADTS §3.1.1.3.1.3.3). */
function shown(type: string, values: readonly Buffer[], range: Chosen['range']): WireAttribute[] {
  if (values.length === 0) return [];
  if (range === null && values.length <= valuesMax) return [{ type, values }];
  const from = range?.from ?? 0;
  const to = Math.min(range?.to ?? Infinity, from + valuesMax - 1, values.length - 1);
  if (from > to) return [];
  const end = to === values.length - 1 ? '*' : String(to);
  const part = { type: `${type};range=${from}-${end}`, values: values.slice(from, to + 1) };
  return range === null ? [{ type, values: [] }, part] : [part];
}

type Paging = { readonly size: number; readonly cookie: string };

function readPaging(controls: readonly Control[]): Paging | undefined {
  const value = controls.find(({ oid }) => oid === controlOids.paged)?.value;
  if (value === undefined || value === null) return undefined;
  try {
    const [whole] = ber.elements(value);
    const parts = ber.elements(whole?.body ?? Buffer.alloc(0));
    const size = ber.integerAt(parts, 0, ber.tags.integer);
    return { size: Math.max(0, size), cookie: ber.textAt(parts, 1) };
  } catch {
    return deny('control-wrong');
  }
}

/** What a cookie of this connection has left; nothing when a search begins. */
function takePage({ pages }: Searching, paging: Paging | undefined): readonly string[] | undefined {
  if (paging === undefined || paging.cookie === '') return undefined;
  const ids = pages.get(paging.cookie);
  if (ids === undefined) return deny('control-wrong');
  pages.delete(paging.cookie);
  return ids;
}

function outcome(
  request: SearchRequest,
  left: readonly string[],
  paging: Paging | undefined,
): Result {
  const cut = left.length > 0 && (paging === undefined || isCutByClient(request, paging));
  return cut ? refusalResult(() => deny('size-limit')) : success;
}

/** A size limit smaller than the page ends the search, pages or not. */
function isCutByClient({ sizeLimit }: SearchRequest, { size }: Paging): boolean {
  return sizeLimit > 0 && sizeLimit < Math.min(size, entriesMax);
}

function reply(
  { pages }: Searching,
  paging: Paging | undefined,
  left: readonly string[],
): Control[] {
  if (paging === undefined) return [];
  const cookie = left.length === 0 || paging.size === 0 ? '' : randomUUID();
  if (cookie !== '') {
    const [oldest] = pages.keys();
    if (pages.size >= openPagesMax && oldest !== undefined) pages.delete(oldest);
    pages.set(cookie, left);
  }
  const body = ber.write(
    ber.tags.sequence,
    ber.writeInteger(0),
    ber.write(ber.tags.octets, cookie),
  );
  return [{ oid: controlOids.paged, critical: false, value: body }];
}

function refusalResult(refuses: () => never): Result {
  try {
    return refuses();
  } catch (error) {
    if (error instanceof Refusal) return error.result;
    throw error;
  }
}

/** Compare (RFC 4511 §4.10): 6 true, 5 false. */
export function compares(view: View, dn: string, attribute: string, value: Buffer): boolean {
  if (view.session.kind === 'anonymous') deny('bind-needed');
  const entry = getEntry(view.tree, dn);
  const rule = findAttribute(attribute) ?? deny('attribute-unknown');
  const values = written(view, entry, rule);
  if (values.length === 0) deny('value-missing', { attribute: rule.name });
  if (rule.syntax !== 'text') return values.some((one) => one.equals(value));
  return values.some((one) => fold(one.toString('utf8')) === fold(value.toString('utf8')));
}
