// A filter as it goes over the wire (RFC 4511 §4.5.1.7), values as octets: ldapts would turn them into text.
import { type BerWriter, Filter } from 'ldapts';
import type { LdapFilter } from '#lib/ldap-filter.ts';

const tags = {
  octets: 0x04,
  and: 0xa0,
  or: 0xa1,
  not: 0xa2,
  equal: 0xa3,
  substrings: 0xa4,
  'at-least': 0xa5,
  'at-most': 0xa6,
  present: 0x87,
  approximately: 0xa8,
  extensible: 0xa9,
} as const;

/** The same as one of ldapts's filters, to stand in its requests and among its filters. */
export function asWritten(filter: LdapFilter): Filter {
  return new Written(filter);
}

class Written extends Filter {
  override readonly type;
  readonly #filter: LdapFilter;

  constructor(filter: LdapFilter) {
    super();
    this.#filter = filter;
    this.type = tags[filter.kind];
  }

  override write(writer: BerWriter): void {
    write(writer, this.#filter);
  }

  /** For ldapts's own messages about a filter; values may be personal and are left out. */
  override toString(): string {
    return `(${this.#filter.kind} …)`;
  }
}

function write(writer: BerWriter, filter: LdapFilter): void {
  switch (filter.kind) {
    case 'present':
      writer.writeBuffer(Buffer.from(filter.attribute), tags.present);
      break;
    case 'and':
    case 'or':
    case 'not':
      writer.startSequence(tags[filter.kind]);
      for (const one of filter.kind === 'not' ? [filter.of] : filter.of) write(writer, one);
      writer.endSequence();
      break;
    case 'substrings':
      writeSubstrings(writer, filter);
      break;
    case 'extensible':
      writeExtensible(writer, filter);
      break;
    default:
      writer.startSequence(tags[filter.kind]);
      writer.writeBuffer(Buffer.from(filter.attribute), tags.octets);
      writer.writeBuffer(filter.value, tags.octets);
      writer.endSequence();
  }
}

type Of<K> = Extract<LdapFilter, { kind: K }>;

function writeSubstrings(writer: BerWriter, filter: Of<'substrings'>): void {
  writer.startSequence(tags.substrings);
  writer.writeBuffer(Buffer.from(filter.attribute), tags.octets);
  writer.startSequence();
  if (filter.initial !== undefined) writer.writeBuffer(filter.initial, 0x80);
  for (const any of filter.any) writer.writeBuffer(any, 0x81);
  if (filter.final !== undefined) writer.writeBuffer(filter.final, 0x82);
  writer.endSequence();
  writer.endSequence();
}

function writeExtensible(writer: BerWriter, filter: Of<'extensible'>): void {
  writer.startSequence(tags.extensible);
  if (filter.rule !== undefined) writer.writeBuffer(Buffer.from(filter.rule), 0x81);
  if (filter.attribute !== undefined) writer.writeBuffer(Buffer.from(filter.attribute), 0x82);
  writer.writeBuffer(filter.value, 0x83);
  if (filter.inDn) writer.writeBoolean(true, 0x84);
  writer.endSequence();
}
