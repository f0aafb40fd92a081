// Finds the one account of a desk user: by the hub's links, else by the one thing that desk and directory both have.
import type { Account } from '#domain/account.ts';
import { theHub } from '#domain/actor.ts';
import type { ConnectionFacts } from '#domain/connection.ts';
import type { Link } from '#domain/link.ts';
import type { Directory } from '#domain/ports/directory.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { ResetPerson } from '#domain/ports/password-reset.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { resetAttributes } from '#domain/reset.ts';
import { parseDn } from '#lib/dn.ts';
import { isGuid } from '#lib/guid.ts';
import { linksOf, ownDeskSources } from './own-desk.ts';
import type { AutomationPorts } from './ports.ts';
import type { Sessions } from './sessions.ts';

export type FindPorts = AutomationPorts & {
  readonly sessions: Sessions;
  /** Where this hub's own desk answers: what its users' ids mean in a link. */
  readonly ownDesk: readonly string[];
};

export type FoundAccount = {
  readonly connection: ConnectionFacts;
  readonly account: Account;
  readonly link: Link | undefined;
  readonly isProtected: boolean;
  readonly historyEnforced: boolean;
};

type Seen = Omit<FoundAccount, 'link'>;

/** Refuses with a code `reset.…` when there is none, several, or one that is somebody else's. */
export async function findAccountOf(
  ports: FindPorts,
  person: ResetPerson,
  onlyLinked: boolean,
  signal?: AbortSignal,
): Promise<FoundAccount> {
  const all = await ports.listConnections(theHub);
  const directories = all.filter(
    ({ kind, clientId }) => kind === 'ldap' && (clientId === null || clientId === person.clientId),
  );
  if (directories.length === 0) refuse('reset.no-directory', { person: person.name });
  const sources = await ownDeskSources(ports, all);
  const here = new Set(directories.map(({ id }) => id));
  const links = (await linksOf(ports.db, sources, String(person.userId))).filter((link) =>
    here.has(link.directoryConnectionId),
  );
  const found =
    links.length > 0
      ? await byLinks(ports, directories, links, signal)
      : onlyLinked
        ? refuse('reset.unlinked', { person: person.name })
        : await byMatch(ports, directories, person, signal);
  const [only, ...more] = found;
  if (only === undefined) {
    const system = directories.map(({ name }) => name).join(', ');
    return refuse('reset.no-account', { person: person.name, system });
  }
  if (more.length > 0) refuse('reset.several-accounts', { person: person.name });
  const link = links.find(({ accountId }) => accountId === only.account.id);
  if (link === undefined) await mustBeNobodys(ports, sources, only, person);
  return { ...only, link };
}

async function byLinks(
  ports: FindPorts,
  directories: readonly ConnectionFacts[],
  links: readonly Link[],
  signal: AbortSignal | undefined,
): Promise<readonly Seen[]> {
  const ids = (connection: ConnectionFacts) =>
    links
      .filter(({ directoryConnectionId }) => directoryConnectionId === connection.id)
      .map(({ accountId }) => accountId);
  return inEach(
    ports,
    directories.filter((connection) => ids(connection).length > 0),
    async (directory, connection) => [
      ...(await directory.findAccounts(ids(connection), resetAttributes)).values(),
    ],
    signal,
  );
}

/** Whatever the desk knows must lead to one account: two that differ are a dispute, whoever is right. */
async function byMatch(
  ports: FindPorts,
  directories: readonly ConnectionFacts[],
  person: ResetPerson,
  signal: AbortSignal | undefined,
): Promise<readonly Seen[]> {
  return inEach(
    ports,
    directories,
    async (directory) => {
      const { dnsDomain } = await directory.facts();
      const accounts: Account[] = [];
      const { objectGuid } = person;
      if (objectGuid !== undefined && isGuid(objectGuid)) {
        const id = objectGuid.replace(/[{}]/g, '').toLowerCase();
        accounts.push(...(await directory.findAccounts([id], resetAttributes)).values());
      }
      for (const query of namesOf(person, dnsDomain)) {
        if (query.values.length > 0) {
          accounts.push(...(await directory.findByAttribute(query, resetAttributes)));
        }
      }
      return [...new Map(accounts.map((account) => [account.id, account])).values()];
    },
    signal,
  );
}

/** The same question to each directory. One that does not answer may hold a second account: then none is sure. */
async function inEach(
  ports: FindPorts,
  directories: readonly ConnectionFacts[],
  look: (directory: Directory, connection: ConnectionFacts) => Promise<readonly Account[]>,
  signal: AbortSignal | undefined,
): Promise<readonly Seen[]> {
  const seen = await Promise.all(
    directories.map(async (connection) => {
      const ask = async (directory: Directory): Promise<readonly Seen[]> => {
        const accounts = await look(directory, connection);
        if (accounts.length === 0) return [];
        const guarded = await directory.findProtected(accounts.map(({ id }) => id));
        const { enforcesHistory: historyEnforced } = await directory.facts();
        return accounts.map((account) => {
          const isProtected = guarded.has(account.id);
          return { connection, account, isProtected, historyEnforced };
        });
      };
      try {
        return await ports.sessions.withDirectory(connection.id, ask, signal);
      } catch (error) {
        if (!(error instanceof DirectoryRefusal) && !(error instanceof Problem)) throw error;
        return refuse('reset.directory-away', { system: connection.name }, error);
      }
    }),
  );
  return seen.flat();
}

const textMax = 500;

/** The names to look for, as far as they can be names: an empty one would fit whoever has none. */
export function namesOf(
  { login = '', samAccountName = '', distinguishedNames = [] }: ResetPerson,
  dnsDomain: string,
): readonly { readonly attribute: string; readonly values: readonly string[] }[] {
  const { logon, principal } = partsOfLogin(login.trim(), dnsDomain.toLowerCase());
  const isName = (text: string) => text !== '' && text.length <= textMax && !/\p{Cc}/u.test(text);
  return [
    {
      attribute: 'sAMAccountName',
      values: [...new Set([logon, samAccountName.trim()])].filter(isName),
    },
    { attribute: 'userPrincipalName', values: [principal].filter(isName) },
    {
      attribute: 'distinguishedName',
      values: distinguishedNames.filter((dn) => isName(dn) && parseDn(dn) !== undefined),
    },
  ];
}

/** jsmith, LARKFIELD\jsmith or jsmith@ad.larkfield.test; a name of another domain is no name here. */
function partsOfLogin(
  login: string,
  dnsDomain: string,
): { readonly logon: string; readonly principal: string } {
  const back = login.indexOf('\\');
  if (back >= 0) {
    const domain = login.slice(0, back).toLowerCase();
    const ours = domain === dnsDomain || dnsDomain.split('.').includes(domain);
    return { logon: ours ? login.slice(back + 1) : '', principal: '' };
  }
  const at = login.lastIndexOf('@');
  if (at < 0) return { logon: login, principal: '' };
  const ours = login.slice(at + 1).toLowerCase() === dnsDomain;
  return { logon: ours ? login.slice(0, at) : '', principal: login };
}

/** An account found by its name must not be linked to another user of this desk. */
async function mustBeNobodys(
  { db }: FindPorts,
  sources: readonly string[],
  { connection, account }: Seen,
  person: ResetPerson,
): Promise<void> {
  if (sources.length === 0) return;
  const other = await db
    .selectFrom('links')
    .select('person_key')
    .where('source_connection_id', 'in', sources)
    .where('directory_connection_id', '=', connection.id)
    .where('account_id', '=', account.id)
    .where('person_key', '<>', String(person.userId))
    .executeTakeFirst();
  if (other !== undefined) refuse('reset.another-person', { person: person.name });
}
