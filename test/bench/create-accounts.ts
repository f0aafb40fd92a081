// The reference for creating accounts: a bare ldapts loop that does the same writes, and nothing else, against Samba.
//
// Creates with a password per second (Samba 4.17.12 on 2 shared cores; upper bounds):
//   1 connection 27-29/s, 2 connections 27-29/s, 4 connections 27-28/s: the domain controller derives the
//   password's keys and holds one write lock, so more connections buy nothing.
import { Attribute, type Client } from 'ldapts';
import { type DirectoryServer, signedIn } from '#test/servers/directory-server.ts';

export type Creates = {
  readonly accounts: number;
  readonly seconds: number;
  readonly perSecond: number;
};

/** Creates that many accounts in the container, as the service account, over that many connections. */
export async function bareCreates(
  server: DirectoryServer,
  container: string,
  {
    accounts,
    connections,
    prefix,
  }: { readonly accounts: number; readonly connections: number; readonly prefix: string },
): Promise<Creates> {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => signedIn(server, server.service)),
  );
  const numbers = Array.from({ length: accounts }, (_, index) => index).values();
  const started = performance.now();
  await Promise.all(clients.map((client) => createEach(client, numbers, container, prefix)));
  const seconds = (performance.now() - started) / 1_000;
  await Promise.all(clients.map((client) => client.unbind()));
  return { accounts, seconds, perSecond: accounts / seconds };
}

/** The clients draw from one row of numbers, so none stands idle while another has work left. */
async function createEach(
  client: Client,
  numbers: Iterable<number>,
  container: string,
  prefix: string,
): Promise<void> {
  for (const number of numbers) {
    const name = `${prefix}${number}`;
    await client.add(`CN=${name},${container}`, attributesOf(name));
  }
}

function attributesOf(name: string): Attribute[] {
  const texts = {
    objectClass: ['top', 'person', 'organizationalPerson', 'user'],
    sAMAccountName: [name],
    userPrincipalName: [`${name}@ad.larkfield.test`],
    givenName: ['Ines'],
    sn: ['Marlow'],
    displayName: [`Ines Marlow ${name}`],
    department: ['Quality'],
    title: ['Quality engineer'],
    physicalDeliveryOfficeName: ['Porto'],
    adminDescription: [`sundog:${name}`],
    userAccountControl: ['512'],
    pwdLastSet: ['0'],
  };
  const password = Buffer.from(`"Larkfield-${name}-Aa1"`, 'utf16le');
  return [
    ...Object.entries(texts).map(([type, values]) => new Attribute({ type, values })),
    new Attribute({ type: 'unicodePwd', values: [password] }),
  ];
}
