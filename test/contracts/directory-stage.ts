// The stage of the directory contract: containers of its own in a real directory, and hands to prepare them.
import { randomBytes } from 'node:crypto';
import { Attribute, Change, type Client, PresenceFilter } from 'ldapts';
import type { LdapAddress } from '#connectors/ldap/address.ts';
import type { Directory, NewAccount } from '#domain/ports/directory.ts';
import { childDn, parseDn } from '#lib/dn.ts';
import { Secret } from '#lib/secret.ts';
import { administrator, type DirectoryServer, signedIn } from '#test/servers/directory-server.ts';

export type OpenDirectory = (address: LdapAddress, password: Secret) => Promise<Directory>;

export type Stage = AsyncDisposable & {
  readonly server: DirectoryServer;
  readonly administrator: Client;
  /** A unit of this stage's own below the unit of the people. */
  readonly container: string;
  /** A unit of this stage's own below the unit of the groups. */
  readonly groups: string;
  /** Opens the directory as the service account, bent as the test asks. */
  open(bent?: Partial<LdapAddress> & { readonly password?: Secret }): Promise<Directory>;
  /** Whether the password signs in: 'yes', or the directory's words why not. */
  signsIn(dn: string, password: string): Promise<string>;
  /** Adds a user (enabled, without a password) as the administrator; gives its DN. */
  addUser(cn: string, attributes?: Readonly<Record<string, string | string[]>>): Promise<string>;
  addGroup(cn: string, members?: readonly string[]): Promise<string>;
  /** Changes one attribute as somebody else would. */
  set(dn: string, attribute: string, values: readonly string[]): Promise<void>;
  get(dn: string, attribute: string): Promise<readonly string[]>;
  setPassword(dn: string, password: Secret): Promise<void>;
};

/** A name nobody else has, short enough for a sAMAccountName. */
export function aName(prefix = 'p'): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

export async function aStage(server: DirectoryServer, open: OpenDirectory): Promise<Stage> {
  const client = await administrator(server);
  const name = aName('stage');
  const container = childDn('OU', name, server.people);
  const groups = childDn('OU', name, server.groups);
  for (const unit of [container, groups])
    await client.add(unit, { objectClass: 'organizationalUnit' });
  const set = async (dn: string, type: string, values: readonly string[]) => {
    const modification = new Attribute({ type, values: [...values] });
    await client.modify(dn, new Change({ operation: 'replace', modification }));
  };
  return {
    server,
    administrator: client,
    container,
    groups,
    set,
    open: ({ password, ...bent } = {}) =>
      open({ ...addressOf(server), ...bent }, password ?? server.service.password),
    async signsIn(dn, password) {
      try {
        await using _ = await signedIn(server, { dn, password: new Secret(password) });
        return 'yes';
      } catch (error) {
        return String(error);
      }
    },
    async addUser(cn, attributes = {}) {
      const dn = childDn('CN', cn, container);
      const sAMAccountName = attributes.sAMAccountName ?? aName();
      await client.add(dn, {
        objectClass: 'user',
        userAccountControl: '544',
        sAMAccountName,
        ...attributes,
      });
      return dn;
    },
    async addGroup(cn, members = []) {
      const dn = childDn('CN', cn, groups);
      await client.add(dn, { objectClass: 'group', sAMAccountName: cn });
      if (members.length > 0) await set(dn, 'member', members);
      return dn;
    },
    async get(dn, attribute) {
      const { searchEntries } = await client.search(dn, { scope: 'base', attributes: [attribute] });
      return [searchEntries[0]?.[attribute] ?? []].flat().map(String);
    },
    async setPassword(dn, password) {
      const quoted = Buffer.from(`"${password.reveal()}"`, 'utf16le');
      const modification = new Attribute({ type: 'unicodePwd', values: [quoted] });
      await client.modify(dn, new Change({ operation: 'replace', modification }));
    },
    async [Symbol.asyncDispose]() {
      // The groups first: a member of a large group is slow to delete.
      for (const unit of [groups, container]) await removeTree(client, unit);
      await client.unbind();
    },
  };
}

/** How the service account reaches the server. Loopback is reached as the lab reaches it. */
export function addressOf(server: DirectoryServer): LdapAddress {
  return {
    host: server.host,
    port: server.ports.ldaps,
    security: 'ldaps',
    caPem: server.caPem,
    bindDn: server.service.dn,
    allowance: { lab: true, confirmed: [], networks: [] },
    connectTimeoutMs: 5_000,
    operationTimeoutMs: 30_000,
  };
}

/** An account that is ready to be created; what a test does not care about is filled in. */
export function aNewAccount(
  container: string,
  changes: Partial<NewAccount> & { readonly cn?: string } = {},
): NewAccount {
  const { cn = aName(), attributes, ...others } = changes;
  return {
    dn: childDn('CN', cn, container),
    attributes: { sAMAccountName: [aName()], displayName: [cn], ...attributes },
    enabled: true,
    password: new Secret(`Larkfield-${aName()}-A1`),
    mustChangePassword: true,
    marker: 'sundog:contract',
    ...others,
  };
}

async function removeTree(client: Client, dn: string): Promise<void> {
  const { searchEntries } = await client.search(dn, {
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: ['1.1'],
    paged: { pageSize: 500 },
  });
  const depth = (each: string) => parseDn(each)?.length ?? 0;
  const deepestFirst = searchEntries.map((each) => each.dn).toSorted((a, b) => depth(b) - depth(a));
  for (const each of deepestFirst) await client.del(each);
}
