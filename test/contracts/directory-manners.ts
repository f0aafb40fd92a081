// What a directory refuses, request by request: asked of Samba and of the lab's own, whose answers are compared.
import type { Client } from 'ldapts';
import type { DirectoryServer } from '#test/servers/directory-server.ts';
import { add, control, remove, replace, unicodePwd } from '#test/servers/ldap-client.ts';

export type Scene = {
  readonly server: DirectoryServer;
  readonly administrator: Client;
  readonly service: Client;
  /** Holds CN=Person (enabled, title Engineer), CN=Other (no password) and CN=Club with Person in it. */
  readonly unit: string;
};

export type Manner = {
  readonly asked: string;
  readonly ask: (scene: Scene) => Promise<unknown>;
  /** LDAP's result code; 0 where it is done. */
  readonly lab: number;
  /** Where Samba answers otherwise than Microsoft's servers, whom the lab follows. */
  readonly samba?: number;
};

export const manners: readonly Manner[] = [
  ...adding('an attribute no schema knows', { favouriteColour: 'red' }, 16),
  ...adding('an attribute of another class', { groupType: '2' }, 65),
  ...adding('two values where one is allowed', { title: ['One', 'Two'] }, 19),
  ...adding('a value too long', { initials: 'too long' }, 19, 21),
  ...adding('an empty value', { title: '' }, 21),
  ...adding('a number that is none', { countryCode: 'many' }, 21),
  ...adding('an account type', { sAMAccountType: '1' }, 53),
  ...adding('a log-on name of 21 letters', { sAMAccountName: 'a'.repeat(21) }, 80, 0),
  ...adding('a log-on name with a slash', { sAMAccountName: 'a/b' }, 80, 19),
  ...adding('an unknown manager', { manager: 'CN=Nobody,DC=ad,DC=larkfield,DC=test' }, 19),
  ...adding('a switch and no kind of account', { userAccountControl: '2' }, 0),
  ...adding('an open account without password', { userAccountControl: '512' }, 53, 0),
  ...adding('a taken log-on name', { sAMAccountName: 'ADMINISTRATOR' }, 68),
  ...adding('a group’s log-on name', { sAMAccountName: 'Domain Users' }, 68),
  ...adding('a taken principal name', { userPrincipalName: 'person@manners.test' }, 19),
  ...adding('an unknown class', { objectClass: 'spaceship' }, 16),
  ...placing('a taken common name', ({ unit }) => `CN=PERSON,${unit}`, 68),
  ...placing('a common name that lacks a mark', ({ unit }) => `CN=Pérson,${unit}`, 68, 0),
  ...placing('a person below a person', ({ unit }) => `CN=Child,CN=Person,${unit}`, 64),
  ...placing('a person as a unit', ({ unit }) => `OU=Child,${unit}`, 64),
  ...placing('a person nowhere', ({ unit }) => `CN=Child,OU=Nowhere,${unit}`, 32),
  ...placing('a name that is none', () => 'no name at all', 34),
  ...changing('a weak password', [replace('unicodePwd', unicodePwd('weak'))], 53, 19),
  ...changing(
    'an unquoted password',
    [replace('unicodePwd', Buffer.from('Interferometer-9', 'utf16le'))],
    53,
  ),
  ...changing(
    'a password with a wrong old one',
    [
      remove('unicodePwd', unicodePwd('Wrong-1-Old')),
      add('unicodePwd', unicodePwd('Spectrometer-8')),
    ],
    19,
  ),
  ...changing('a value that is there', [add('title', 'Engineer')], 20),
  ...changing('a second value where one is allowed', [add('title', 'Other')], 20),
  ...changing('the removal of an absent value', [remove('title', 'Other')], 16),
  ...changing('the removal of an absent attribute', [remove('department')], 16),
  ...changing('the removal of an unknown attribute', [remove('nonsense')], 16),
  ...changing('the common name', [replace('cn', 'x')], 67),
  ...changing('the name', [replace('name', 'x')], 67),
  ...changing('the class', [replace('objectClass', 'contact')], 65),
  ...changing(
    'a back-link',
    [add('memberOf', 'CN=Domain Users,CN=Users,DC=ad,DC=larkfield,DC=test')],
    53,
  ),
  ...changing('the GUID', [replace('objectGUID', 'x'.repeat(16))], 19),
  ...changing('a time of the password', [replace('pwdLastSet', '5')], 80),
  ...changing('no log-on name', [remove('sAMAccountName')], 53),
  ...changing('a taken log-on name', [replace('sAMAccountName', 'Administrator')], 68),
  ...changing('another primary group', [replace('primaryGroupID', '512')], 53),
  {
    asked: 'opens an account that has no password',
    ask: ({ administrator, unit }) =>
      administrator.modify(`CN=Other,${unit}`, replace('userAccountControl', '512')),
    lab: 53,
    samba: 0,
  },
  ...filling('a member twice', ({ unit }) => add('member', `CN=Person,${unit}`), 68),
  ...filling(
    'without one who is no member',
    ({ unit }) => remove('member', `CN=Other,${unit}`),
    53,
  ),
  ...filling('a stranger', ({ unit }) => add('member', `CN=Nobody,${unit}`), 32),
  ...moving('into itself', ({ unit }) => [unit, `OU=In,${unit}`], 53),
  ...moving('onto another', ({ unit }) => [`CN=Person,${unit}`, `CN=Other,${unit}`], 68),
  ...moving(
    'to another kind of name',
    ({ unit }) => [`CN=Person,${unit}`, `OU=Person,${unit}`],
    53,
  ),
  ...finding('what is missing', ({ unit }) => `OU=Nowhere,${unit}`, 32),
  ...finding('another domain', () => 'DC=other,DC=test', 10, 32),
  ...finding('a name that is none', () => 'no name at all', 34),
  {
    asked: 'reads with a critical control nobody knows',
    ask: ({ administrator, unit }) =>
      administrator.search(unit, { scope: 'base' }, control('1.2.3.4')),
    lab: 12,
  },
  {
    asked: 'deletes a branch',
    ask: ({ administrator, unit }) => administrator.del(unit),
    lab: 66,
  },
  {
    asked: 'deletes what is missing',
    ask: ({ administrator, unit }) => administrator.del(`CN=Nobody,${unit}`),
    lab: 32,
  },
  ...asService('deletes', ({ service, unit }) => service.del(`CN=Person,${unit}`)),
  ...asService('makes a unit', ({ service, unit }) =>
    service.add(`OU=Mine,${unit}`, { objectClass: 'organizationalUnit' }),
  ),
  ...asService('writes what was not delegated', ({ service, unit }) =>
    service.modify(`CN=Person,${unit}`, replace('servicePrincipalName', 'http/x')),
  ),
  ...asService('writes an administrator', ({ service, server }) =>
    service.modify(`CN=Administrator,CN=Users,${server.baseDn}`, replace('title', 'x')),
  ),
  ...asService('makes itself an administrator', ({ service, server }) =>
    service.modify(`CN=Domain Admins,CN=Users,${server.baseDn}`, add('member', server.service.dn)),
  ),
  ...asService('creates elsewhere', ({ service, server }) =>
    service.add(`CN=Mine,CN=Users,${server.baseDn}`, { objectClass: 'user' }),
  ),
  ...asService('hands out trust', ({ service, unit }) =>
    service.modify(`CN=Person,${unit}`, replace('userAccountControl', '524800')),
  ),
  ...asService('renames', ({ service, unit }) =>
    service.modifyDN(`CN=Person,${unit}`, `CN=Renamed,${unit}`),
  ),
];

function row(asked: string, ask: Manner['ask'], lab: number, samba?: number): Manner[] {
  return [{ asked, ask, lab, ...(samba === undefined ? {} : { samba }) }];
}

function adding(
  what: string,
  attributes: Record<string, string | string[]>,
  lab: number,
  samba?: number,
): Manner[] {
  const cn = `Adds ${what}`.slice(0, 60);
  const ask: Manner['ask'] = ({ administrator, unit }) =>
    administrator.add(`CN=${cn},${unit}`, { objectClass: 'user', ...attributes });
  return row(`adds ${what}`, ask, lab, samba);
}

function placing(
  what: string,
  dn: (scene: Scene) => string,
  lab: number,
  samba?: number,
): Manner[] {
  const ask: Manner['ask'] = (scene) => scene.administrator.add(dn(scene), { objectClass: 'user' });
  return row(`adds ${what}`, ask, lab, samba);
}

function changing(
  what: string,
  changes: Parameters<Client['modify']>[1],
  lab: number,
  samba?: number,
): Manner[] {
  const ask: Manner['ask'] = ({ administrator, unit }) =>
    administrator.modify(`CN=Person,${unit}`, changes);
  return row(`changes to ${what}`, ask, lab, samba);
}

function filling(
  what: string,
  change: (scene: Scene) => ReturnType<typeof add>,
  lab: number,
): Manner[] {
  const ask: Manner['ask'] = (scene) =>
    scene.administrator.modify(`CN=Club,${scene.unit}`, change(scene));
  return row(`fills a group with ${what}`, ask, lab);
}

function moving(
  where: string,
  names: (scene: Scene) => readonly [from: string, to: string],
  lab: number,
): Manner[] {
  return row(`moves ${where}`, (scene) => scene.administrator.modifyDN(...names(scene)), lab);
}

function finding(
  what: string,
  base: (scene: Scene) => string,
  lab: number,
  samba?: number,
): Manner[] {
  const ask: Manner['ask'] = (scene) => scene.administrator.search(base(scene), { scope: 'base' });
  return row(`looks for ${what}`, ask, lab, samba);
}

function asService(what: string, ask: Manner['ask']): Manner[] {
  return row(`${what}, as the service account`, ask, 50);
}
