// LDAP messages (RFC 4511): requests read from BER into plain values, answers written to BER.
import * as ber from './ber.ts';
import { type Filter, readFilter } from './filter.ts';

export type Control = {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer | null;
};
export type WireAttribute = { readonly type: string; readonly values: readonly Buffer[] };
export type Modification = WireAttribute & { readonly how: 'add' | 'delete' | 'replace' };

export type BindRequest = {
  readonly kind: 'bind';
  readonly version: number;
  readonly name: string;
  /** Null for anything but a simple bind. */
  readonly password: Buffer | null;
};
export type SearchRequest = {
  readonly kind: 'search';
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly sizeLimit: number;
  readonly timeLimitSeconds: number;
  readonly typesOnly: boolean;
  readonly filter: Filter;
  readonly attributes: readonly string[];
};
export type AddRequest = {
  readonly kind: 'add';
  readonly dn: string;
  readonly attributes: readonly WireAttribute[];
};
export type ModifyRequest = {
  readonly kind: 'modify';
  readonly dn: string;
  readonly changes: readonly Modification[];
};
export type RenameRequest = {
  readonly kind: 'rename';
  readonly dn: string;
  readonly newRdn: string;
  readonly deleteOldRdn: boolean;
  readonly newSuperior: string | null;
};
export type CompareRequest = {
  readonly kind: 'compare';
  readonly dn: string;
  readonly attribute: string;
  readonly value: Buffer;
};
export type DeleteRequest = { readonly kind: 'delete'; readonly dn: string };
export type ExtendedRequest = { readonly kind: 'extended'; readonly oid: string };
export type Request =
  | BindRequest
  | SearchRequest
  | AddRequest
  | ModifyRequest
  | RenameRequest
  | CompareRequest
  | DeleteRequest
  | ExtendedRequest
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'unbind' };

export type Message = {
  readonly id: number;
  readonly request: Request;
  readonly controls: readonly Control[];
};

export type Result = {
  readonly code: number;
  readonly matchedDn: string;
  readonly text: string;
  readonly referrals?: readonly string[];
};

export const success: Result = { code: 0, matchedDn: '', text: '' };

/** Answer tags by the kind of request. */
const answerTags = {
  bind: 0x61,
  search: 0x65,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  rename: 0x6d,
  compare: 0x6f,
  extended: 0x78,
} as const;
export type Answered = keyof typeof answerTags;

export function readMessage(bytes: Buffer): Message {
  const [whole] = ber.elements(bytes);
  if (whole?.tag !== ber.tags.sequence) throw new ber.Malformed('not an LDAP message');
  const parts = ber.elements(whole.body);
  const operation = parts[1];
  if (operation === undefined) throw new ber.Malformed('a message without an operation');
  const id = ber.integerAt(parts, 0, ber.tags.integer);
  if (id < 0) throw new ber.Malformed('a negative message id');
  const controls = parts[2]?.tag === 0xa0 ? readControls(parts[2].body) : [];
  return { id, request: readRequest(operation), controls };
}

export function writeResult(
  id: number,
  kind: Answered,
  result: Result,
  controls: readonly Control[] = [],
): Buffer {
  return message(id, ber.write(answerTags[kind], ...resultParts(result)), controls);
}

export function writeExtendedResult(id: number, result: Result, oid: string, value?: Buffer) {
  const parts = [...resultParts(result), ...(oid === '' ? [] : [ber.write(0x8a, oid)])];
  if (value !== undefined) parts.push(ber.write(0x8b, value));
  return message(id, ber.write(answerTags.extended, ...parts), []);
}

export function writeEntry(id: number, dn: string, attributes: readonly WireAttribute[]): Buffer {
  const list = attributes.map(({ type, values }) =>
    ber.write(
      ber.tags.sequence,
      ber.write(ber.tags.octets, type),
      ber.write(ber.tags.set, ...values.map((value) => ber.write(ber.tags.octets, value))),
    ),
  );
  const body = [ber.write(ber.tags.octets, dn), ber.write(ber.tags.sequence, ...list)];
  return message(id, ber.write(0x64, ...body), []);
}

export function writeReference(id: number, url: string): Buffer {
  return message(id, ber.write(0x73, ber.write(ber.tags.octets, url)), []);
}

/** Unasked: the server is about to close the connection (RFC 4511 §4.4.1). */
export function writeDisconnection(text: string): Buffer {
  return writeExtendedResult(0, { code: 2, matchedDn: '', text }, '1.3.6.1.4.1.1466.20036');
}

function message(id: number, operation: Buffer, controls: readonly Control[]): Buffer {
  const list = controls.map(({ oid, value }) =>
    ber.write(
      ber.tags.sequence,
      ber.write(ber.tags.octets, oid),
      ...(value === null ? [] : [ber.write(ber.tags.octets, value)]),
    ),
  );
  const tail = list.length === 0 ? [] : [ber.write(0xa0, ...list)];
  return ber.write(ber.tags.sequence, ber.writeInteger(id), operation, ...tail);
}

function resultParts({ code, matchedDn, text, referrals }: Result): Buffer[] {
  const parts = [
    ber.writeInteger(code, ber.tags.enumerated),
    ber.write(ber.tags.octets, matchedDn),
    ber.write(ber.tags.octets, text),
  ];
  if (referrals === undefined) return parts;
  const urls = referrals.map((url) => ber.write(ber.tags.octets, url));
  return [...parts, ber.write(0xa3, ...urls)];
}

function readControls(body: Buffer): Control[] {
  return ber.elements(body).map(({ tag, body: control }) => {
    if (tag !== ber.tags.sequence) throw new ber.Malformed('a control is a sequence');
    const parts = ber.elements(control);
    const value = parts.slice(1).find((part) => part.tag === ber.tags.octets);
    const critical = parts[1]?.tag === ber.tags.boolean && ber.booleanAt(parts, 1);
    return { oid: ber.textAt(parts, 0), critical, value: value?.body ?? null };
  });
}

function readRequest({ tag, body }: ber.Element): Request {
  switch (tag) {
    case 0x60:
      return readBind(body);
    case 0x42:
      return { kind: 'unbind' };
    case 0x63:
      return readSearch(body);
    case 0x66:
      return readModify(body);
    case 0x68:
      return readAdd(body);
    case 0x4a:
      return { kind: 'delete', dn: ber.toText(body) };
    case 0x6c:
      return readRename(body);
    case 0x6e:
      return readCompare(body);
    case 0x50:
      return { kind: 'abandon', id: ber.integerAt([{ tag: 2, body }], 0, 2) };
    case 0x77:
      return {
        kind: 'extended',
        oid: ber.toText(ber.bodyAt(ber.elements(body), 0, 0x80)),
      };
    default:
      throw new ber.Malformed(`an operation with the tag 0x${tag.toString(16)}`);
  }
}

function readBind(body: Buffer): BindRequest {
  const parts = ber.elements(body);
  const credentials = parts[2];
  return {
    kind: 'bind',
    version: ber.integerAt(parts, 0, ber.tags.integer),
    name: ber.textAt(parts, 1),
    password: credentials?.tag === 0x80 ? credentials.body : null,
  };
}

const scopes = ['base', 'one', 'sub'] as const;

function readSearch(body: Buffer): SearchRequest {
  const parts = ber.elements(body);
  const scope = scopes[ber.integerAt(parts, 1, ber.tags.enumerated)];
  const filter = parts[6];
  if (scope === undefined || filter === undefined) throw new ber.Malformed('a search cut short');
  return {
    kind: 'search',
    base: ber.textAt(parts, 0),
    scope,
    sizeLimit: ber.integerAt(parts, 3, ber.tags.integer),
    timeLimitSeconds: ber.integerAt(parts, 4, ber.tags.integer),
    typesOnly: ber.booleanAt(parts, 5),
    filter: readFilter(filter),
    attributes: ber
      .elements(ber.bodyAt(parts, 7, ber.tags.sequence))
      .map((_, index, all) => ber.textAt(all, index)),
  };
}

const hows = ['add', 'delete', 'replace'] as const;

function readModify(body: Buffer): ModifyRequest {
  const parts = ber.elements(body);
  const changes = ber.elements(ber.bodyAt(parts, 1, ber.tags.sequence)).map((change) => {
    const pair = ber.elements(change.body);
    const how = hows[ber.integerAt(pair, 0, ber.tags.enumerated)];
    if (how === undefined) throw new ber.Malformed('a modification of an unknown kind');
    return { how, ...readAttribute(ber.bodyAt(pair, 1, ber.tags.sequence)) };
  });
  return { kind: 'modify', dn: ber.textAt(parts, 0), changes };
}

function readAdd(body: Buffer): AddRequest {
  const parts = ber.elements(body);
  const attributes = ber
    .elements(ber.bodyAt(parts, 1, ber.tags.sequence))
    .map((attribute) => readAttribute(attribute.body));
  return { kind: 'add', dn: ber.textAt(parts, 0), attributes };
}

function readAttribute(body: Buffer): WireAttribute {
  const parts = ber.elements(body);
  const values = ber
    .elements(ber.bodyAt(parts, 1, ber.tags.set))
    .map((_, index, all) => ber.bodyAt(all, index, ber.tags.octets));
  return { type: ber.textAt(parts, 0), values };
}

function readRename(body: Buffer): RenameRequest {
  const parts = ber.elements(body);
  const superior = parts[3];
  return {
    kind: 'rename',
    dn: ber.textAt(parts, 0),
    newRdn: ber.textAt(parts, 1),
    deleteOldRdn: ber.booleanAt(parts, 2),
    newSuperior: superior?.tag === 0x80 ? ber.toText(superior.body) : null,
  };
}

function readCompare(body: Buffer): CompareRequest {
  const parts = ber.elements(body);
  const assertion = ber.elements(ber.bodyAt(parts, 1, ber.tags.sequence));
  return {
    kind: 'compare',
    dn: ber.textAt(parts, 0),
    attribute: ber.textAt(assertion, 0),
    value: ber.bodyAt(assertion, 1, ber.tags.octets),
  };
}
