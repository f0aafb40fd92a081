// An entry as it came over the wire, and its values as the domain spells them.
import { guidBytes, guidText, isGuid, sidBytes, sidText } from '#lib/guid.ts';

export type Entry = {
  readonly dn: string;
  /** By attribute name in lower case, without options. Absent attributes are not in it. */
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
  /** Attributes of which the directory gave a part only: the first position it still owes. */
  readonly owed: ReadonlyMap<string, number>;
};

/** `member;range=0-1499` owes from 1500; `member;range=1500-*` owes nothing (MS-ADTS §3.1.1.3.1.3.3). */
export function described(description: string): { readonly name: string; readonly next?: number } {
  const [name = '', ...options] = description.toLowerCase().split(';');
  const range = options.map((option) => /^range=\d+-(\d+)$/.exec(option)?.[1]).find(Boolean);
  return range === undefined ? { name } : { name, next: Number(range) + 1 };
}

export function bytesOf(entry: Entry, name: string): readonly Buffer[] {
  return entry.values.get(name.toLowerCase()) ?? [];
}

export function firstBytes(entry: Entry, name: string): Buffer | undefined {
  return bytesOf(entry, name)[0];
}

/** The values as text: GUIDs and SIDs in their usual form, other octets as base64, the rest as UTF-8. */
export function textsOf(entry: Entry, name: string): readonly string[] {
  const form = formOf(name);
  return bytesOf(entry, name).map((bytes) => readers[form](bytes));
}

export function firstText(entry: Entry, name: string): string | undefined {
  return textsOf(entry, name)[0];
}

/** A text as the directory keeps it; nothing when the text has not the attribute's form. */
export function wireValue(name: string, text: string): Buffer | string | undefined {
  switch (forms.get(name.toLowerCase())) {
    case 'guid':
      return isGuid(text) ? guidBytes(text) : undefined;
    case 'sid':
      return /^S(-\d+){2,17}$/i.test(text) ? sidBytes(text) : undefined;
    case 'octets':
      return /^[A-Za-z\d+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    default:
      return text;
  }
}

/** Whether two values are one: DNs by what they name, the rest letter by letter. */
export function holdsDns(name: string): boolean {
  return dnAttributes.has(name.toLowerCase());
}

/** How the values of an attribute are written as text. */
export function formOf(name: string): Form {
  return forms.get(name.toLowerCase()) ?? 'text';
}

export function textFormed(form: Form, bytes: Buffer): string {
  return readers[form](bytes);
}

export type Form = 'guid' | 'sid' | 'octets' | 'text';

const readers: Readonly<Record<Form, (bytes: Buffer) => string>> = {
  guid: (bytes) => (bytes.length === 16 ? guidText(bytes) : bytes.toString('base64')),
  sid: sidText,
  octets: (bytes) => bytes.toString('base64'),
  text: (bytes) => bytes.toString('utf8'),
};

/** Attributes whose values are octets and no text (MS-ADA1-3, RFC 2798), in lower case. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['objectguid', 'guid'],
  ['parentguid', 'guid'],
  ['objectsid', 'sid'],
  ['sidhistory', 'sid'],
  ...[
    ...['thumbnailphoto', 'jpegphoto', 'photo', 'audio', 'thumbnaillogo', 'logonhours'],
    ...['usercertificate', 'usersmimecertificate', 'userpkcs12', 'ms-ds-consistencyguid'],
    ...[
      'msexchmailboxguid',
      'msexcharchiveguid',
      'msexchblockedsendershash',
      'protocom-sso-entries',
    ],
  ].map((name) => [name, 'octets'] as const),
]);

const dnAttributes: ReadonlySet<string> = new Set([
  ...['manager', 'secretary', 'assistant', 'managedby', 'member', 'memberof', 'owner', 'seealso'],
  ...['directreports', 'distinguishedname', 'publicdelegates', 'altrecipient', 'homemdb'],
]);
