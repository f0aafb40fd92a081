// What may be written to an account, and in which form: checked before a single byte is sent.
import { Attribute, Change } from 'ldapts';
import type { Attributes } from '#domain/account.ts';
import { sameDn } from '#lib/dn.ts';
import type { Secret } from '#lib/secret.ts';
import { accountControl, markerAttribute } from './accounts.ts';
import { limits } from './address.ts';
import { holdsDns, wireValue } from './entry.ts';
import { unfit } from './refusals.ts';

/** Attributes that have their own ways of being written, or none, in lower case. */
const reserved: ReadonlyMap<string, string> = new Map([
  ...[
    ...[
      'objectguid',
      'objectsid',
      'objectclass',
      'objectcategory',
      'distinguishedname',
      'memberof',
    ],
    ...['primarygroupid', 'sidhistory', 'whencreated', 'entryuuid', 'admincount'],
  ].map((name) => [name, 'is set by the directory itself'] as const),
  ['cn', 'is the account’s own name in its container, which only a rename changes'],
  ['name', 'is the account’s own name in its container, which only a rename changes'],
  ['unicodepwd', 'is a password and in no plan'],
  ['userpassword', 'is a password and in no plan'],
  ['dbcspwd', 'is a password and in no plan'],
  ['useraccountcontrol', 'is changed by enabling and disabling'],
  ['pwdlastset', 'is set when the password is'],
  [markerAttribute.toLowerCase(), 'holds Sundog’s own mark'],
]);

/** The attributes of a creation. The common name may stand among them, since it stands in the DN too. */
export function creationAttributes(attributes: Attributes, commonName: string): Attribute[] {
  return Object.entries(attributes)
    .filter(([, values]) => values.length > 0)
    .filter(([name, values]) => name.toLowerCase() !== 'cn' || values[0] !== commonName)
    .map(([name, values]) => {
      refuseReserved(name);
      return attributeOf(name, values);
    });
}

/** Delete what was, add what shall be: one modify that fails as a whole when `before` no longer holds. */
export function swap(name: string, before: readonly string[], after: readonly string[]): Change[] {
  refuseReserved(name);
  // An attribute with several values keeps those that stay: adding a value twice would fail.
  const gone = before.filter((value) => !after.includes(value));
  const come = after.filter((value) => !before.includes(value));
  return [
    ...(gone.length > 0
      ? [new Change({ operation: 'delete', modification: attributeOf(name, gone) })]
      : []),
    ...(come.length > 0
      ? [new Change({ operation: 'add', modification: attributeOf(name, come) })]
      : []),
  ];
}

/** Whether two sets of values are one. */
export function sameValues(
  name: string,
  one: readonly string[] = [],
  other: readonly string[] = [],
): boolean {
  const equal = (a: string, b: string) => a === b || (holdsDns(name) && sameDn(a, b));
  return (
    one.length === other.length && one.every((value) => other.some((each) => equal(value, each)))
  );
}

export function refuseReserved(name: string): void {
  const why = reserved.get(name.toLowerCase());
  if (why !== undefined) throw unfit(`The attribute ${name} ${why}; take it out of the mapping.`);
}

function attributeOf(name: string, values: readonly string[]): Attribute {
  const wire = values.map((value) => {
    const bytes = wireValue(name, value);
    if (bytes === undefined || value === '') {
      throw unfit(`A value of ${name} is empty or not of that attribute’s form; mend the mapping.`);
    }
    const length = Buffer.isBuffer(bytes) ? bytes.length : Buffer.byteLength(bytes);
    if (name.toLowerCase() === 'thumbnailphoto' && length > limits.thumbnailBytesMax) {
      throw unfit(
        `The photo has ${length} bytes; Active Directory takes ${limits.thumbnailBytesMax}: make it smaller.`,
      );
    }
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  });
  return new Attribute({ type: name, values: wire });
}

/** In double quotes, in UTF-16 little-endian (MS-ADTS §3.1.1.3.1.5.1). */
export function passwordAttribute(password: Secret): Attribute {
  const bytes = Buffer.from(`"${password.reveal()}"`, 'utf16le');
  return new Attribute({ type: 'unicodePwd', values: [bytes] });
}

export function controlAttribute(enabled: boolean): Attribute {
  const bits = accountControl.normal | (enabled ? 0 : accountControl.disabled);
  return new Attribute({ type: 'userAccountControl', values: [`${bits}`] });
}
