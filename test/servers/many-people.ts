// Larkfield Optics grown to any size: people who are the same for the same number, on whichever machine.
import { people } from '#lab/people.ts';

export const baseDn = 'dc=larkfield,dc=test';
export const peopleDn = `ou=People,${baseDn}`;
export const groupsDn = `ou=Groups,${baseDn}`;

export type AttributeValues = readonly (readonly [name: string, values: readonly string[]])[];

export type ManyPerson = {
  readonly dn: string;
  /** What a client calls `*`: nineteen attributes, about 600 bytes on the wire. */
  readonly attributes: AttributeValues;
  /** entryUUID */
  readonly id: string;
};

/** All that differs between two people of the same place in their thousand is which thousand it is. */
export const perRound = 1_000;
const roundDigits = 4;
const placeDigits = 3;
export const peopleMax = perRound * 10 ** roundDigits;

const firstNames = [...new Set(people.map(({ firstName }) => firstName))];
const surnames = [...new Set(people.map(({ surname }) => surname))];
const jobs = people.map(({ title, department }) => ({ title, department }));
const perTeam = 10;

/** The number `at`, from 0; `changed` counts how often they were given another title. */
export function personAt(at: number, changed = 0): ManyPerson {
  return personOf(String(Math.floor(at / perRound)).padStart(roundDigits, '0'), at, changed);
}

/** `round` is the thousand as it is written in every name: four characters. */
export function personOf(round: string, at: number, changed = 0): ManyPerson {
  const place = at % perRound;
  const first = pick(firstNames, place);
  const surname = pick(surnames, Math.floor(place / firstNames.length));
  const { title, department } = pick(jobs, place);
  const bristol = place % 3 < 2;
  const uid = uidOf(round, place);
  const number = numberOf(round, place);
  const phone = bristol ? '+44 117 4' : '+351 22 0';
  return {
    dn: dnOf(round, place),
    id: idOf(round, place),
    attributes: [
      ['objectClass', ['top', 'person', 'organizationalPerson', 'inetOrgPerson']],
      ['uid', [uid]],
      ['cn', [`${first} ${surname} ${number}`]],
      ['sn', [surname]],
      ['givenName', [first]],
      ['displayName', [`${surname}, ${first}`]],
      ['initials', [`${first.charAt(0)}${surname.charAt(0)}`]],
      ['mail', [`${uid}@larkfield.test`]],
      ['title', [changed === 0 ? title : `${title} ${changed + 1}`]],
      ['departmentNumber', [department]],
      ['employeeNumber', [`L${number}`]],
      ['employeeType', [place % 7 === 0 ? 'Contractor' : 'Employee']],
      ['telephoneNumber', [`${phone}${number}`]],
      ['mobile', [`+44 7700 ${number}`]],
      ['facsimileTelephoneNumber', [`${phone}9${number}`]],
      ['street', [bristol ? '12 Prism Lane' : 'Rua da Lente 7']],
      ['l', [bristol ? 'Bristol' : 'Porto']],
      ['postalCode', [bristol ? 'BS1 4QA' : '4050-123']],
      ...managerOf(round, place),
    ],
  };
}

/** Whose uid it is, or whose entryUUID; nothing when it is nobody's. */
export function numberIn(text: string): number | undefined {
  const found = /^(?:p|00000000-0000-4000-8000-00000)(\d{7})$/i.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Each team reports to its first, those to the first of their thousand, and those to nobody. */
function managerOf(round: string, place: number): AttributeValues {
  if (place === 0) return [];
  const team = place - (place % perTeam);
  return [['manager', [dnOf(round, team === place ? 0 : team)]]];
}

function dnOf(round: string, place: number): string {
  return `uid=${uidOf(round, place)},${peopleDn}`;
}

function uidOf(round: string, place: number): string {
  return `p${numberOf(round, place)}`;
}

function idOf(round: string, place: number): string {
  return `00000000-0000-4000-8000-00000${numberOf(round, place)}`;
}

function numberOf(round: string, place: number): string {
  return `${round}${String(place).padStart(placeDigits, '0')}`;
}

function pick<T>(list: readonly T[], at: number): T {
  const found = list[at % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

/** The directory as LDIF (RFC 2849), a piece at a time: people, and groups of them. */
export function* ldifOf(count: number): Generator<string> {
  yield ldif(baseDn, [
    ['objectClass', ['dcObject', 'organization']],
    ['dc', ['larkfield']],
    ['o', ['Larkfield Optics']],
  ]);
  yield ldif(`cn=svc-sundog,${baseDn}`, [
    ['objectClass', ['organizationalRole', 'simpleSecurityObject']],
    ['userPassword', ['Larkfield-Service-1']],
  ]);
  for (const [dn, ou] of [
    [peopleDn, 'People'],
    [groupsDn, 'Groups'],
  ] as const) {
    yield ldif(dn, [
      ['objectClass', ['organizationalUnit']],
      ['ou', [ou]],
    ]);
  }
  for (let at = 0; at < count; at += 1) {
    const { dn, attributes, id } = personAt(at);
    yield ldif(dn, [...attributes, ['entryUUID', [id]]]);
  }
  // One person in fifty leads a group of ten; the first group has a fifth of everybody.
  const groups = Math.floor(count / 50);
  for (let group = 0; group < groups; group += 1) {
    const size = group === 0 ? Math.floor(count / 5) : Math.min(10, count);
    const members = Array.from({ length: size }, (_, member) =>
      personAt((group * 50 + member) % count),
    );
    yield ldif(`cn=Group ${String(group).padStart(5, '0')},${groupsDn}`, [
      ['objectClass', ['groupOfNames']],
      ['member', members.map(({ dn }) => dn)],
    ]);
  }
}

function ldif(dn: string, attributes: AttributeValues): string {
  const lines = [line('dn', dn)];
  for (const [name, values] of attributes)
    for (const value of values) lines.push(line(name, value));
  return `${lines.join('\n')}\n\n`;
}

/** What is no SAFE-STRING is written as base64. */
function line(name: string, value: string): string {
  return /^[\x21-\x39\x3b\x3d-\x7f][\x20-\x7f]*$/.test(value)
    ? `${name}: ${value}`
    : `${name}:: ${Buffer.from(value).toString('base64')}`;
}
