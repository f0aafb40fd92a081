// A real Active Directory for the tests: one Samba domain controller, started by whoever needs it first.
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, EqualityFilter, OrFilter } from 'ldapts';
import { z } from 'zod';
import { guidText, sidText } from '#lib/guid.ts';
import { Secret } from '#lib/secret.ts';
import { administrator, type DirectoryServer } from './directory-server.ts';
import { isAlive, lock } from './lock.ts';
import { domain } from './samba/domain.ts';
import { isInstalled, local, ports, provision, start, stop, tool } from './samba/process.ts';
import { extendedRights, grantsOfTheGuide, sddl } from './samba/rights.ts';
import { skipWithout } from './servers.ts';

const Ready = z.object({ pid: z.int(), recipe: z.string() });

/** Short (sockets) and where every user can go; one for the machine, since Samba's ports are fixed. */
const state = join(tmpdir(), 'sundog-samba');

/** The `skip` of whatever needs Samba. */
export function withoutSamba(): string | false {
  if (!isInstalled()) return skipWithout('Samba AD DC', 'it is not installed');
  if (process.getuid?.() !== 0) return skipWithout('Samba AD DC', 'its ports need root');
  return false;
}

/** The domain controller: adopted when it runs already, else provisioned and started. It stays until stopSamba. */
export async function samba(): Promise<DirectoryServer> {
  using _ = await lock(`${state}.lock`);
  const running = ready();
  if (running?.recipe !== recipe() || !isAlive(running.pid) || !(await signsIn())) {
    if (running !== undefined) await stop(running.pid);
    await provision(state);
    const pid = await start(state);
    await prepare();
    writeFileSync(readyFile, JSON.stringify({ pid, recipe: recipe() }));
  }
  return server();
}

/** Whether one of ours runs already, of whichever test run. */
export async function sambaRuns(): Promise<boolean> {
  const running = ready();
  return running !== undefined && isAlive(running.pid);
}

/** Stops the domain controller if one of ours runs. */
export async function stopSamba(): Promise<void> {
  using _ = await lock(`${state}.lock`);
  const running = ready();
  if (running !== undefined) await stop(running.pid);
}

const readyFile = join(state, 'ready.json');

function ready(): z.infer<typeof Ready> | undefined {
  try {
    return Ready.parse(JSON.parse(readFileSync(readyFile, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A changed recipe or guide means a new domain. */
function recipe(): string {
  const root = join(import.meta.dirname, '..', '..');
  const files = globSync(
    ['test/servers/samba.ts', 'test/servers/samba/*', 'docs/active-directory-rights.md'],
    {
      cwd: root,
    },
  );
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function server(): DirectoryServer {
  return {
    host: '127.0.0.1',
    ports,
    caPem: readFileSync(join(state, 'private/tls/ca.pem'), 'utf8'),
    baseDn: domain.baseDn,
    administrator: {
      dn: `CN=Administrator,CN=Users,${domain.baseDn}`,
      password: new Secret(domain.administratorPassword),
    },
    service: { dn: domain.service, password: new Secret(domain.servicePassword) },
    people: domain.people,
    groups: domain.groups,
    finePolicies: true,
  };
}

async function signsIn(): Promise<boolean> {
  try {
    await using _ = await administrator(server());
    return true;
  } catch {
    return false;
  }
}

/** The units, the service account and its rights. */
async function prepare(): Promise<void> {
  for (let triesLeft = 50; triesLeft > 0 && !(await signsIn()); triesLeft -= 1) await sleep(100);
  await using client = await administrator(server());
  for (const unit of [domain.people, domain.groups, `OU=Service Accounts,${domain.baseDn}`]) {
    await client.add(unit, { objectClass: 'organizationalUnit' });
  }
  tool('user', 'create', 'svc-sundog', domain.servicePassword, [
    '--userou=OU=Service Accounts',
    ...local(state),
  ]);
  await delegate(client);
}

async function delegate(client: Client): Promise<void> {
  const grants = grantsOfTheGuide();
  const guids = await schemaGuids(client, [
    ...grants.map((grant) => grant.what),
    ...grants.flatMap((grant) => grant.onClass ?? []),
  ]);
  const { searchEntries } = await client.search(domain.service, {
    scope: 'base',
    attributes: ['objectSid'],
    explicitBufferAttributes: ['objectSid'],
  });
  const bytes = searchEntries[0]?.objectSid;
  if (!Buffer.isBuffer(bytes)) throw new Error('the service account has no SID');
  // Only what an Exchange brings with it may be missing: any other right that is lost would be no test.
  const known = grants.filter(({ what }) => guids.has(what) || !what.startsWith('extension'));
  for (const dn of new Set(known.map((grant) => grant.dn))) {
    const entries = known
      .filter((grant) => grant.dn === dn)
      .map((grant) => sddl(grant, (name) => mustHave(guids, name), sidText(bytes)));
    tool('dsacl', 'set', `--objectdn=${dn}`, `--sddl=${entries.join('')}`, local(state));
  }
}

function mustHave(guids: ReadonlyMap<string, string>, name: string): string {
  const guid = guids.get(name);
  if (guid === undefined) throw new Error(`the guide names ${name}, which Samba does not know`);
  return guid;
}

/** The GUIDs of classes and attributes (by LDAP name), and of extended rights. */
async function schemaGuids(
  client: Client,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const configuration = `CN=Configuration,${domain.baseDn}`;
  const named = (attribute: string) =>
    new OrFilter({
      filters: [...new Set(names)].map((value) => new EqualityFilter({ attribute, value })),
    });
  const schema = await client.search(`CN=Schema,${configuration}`, {
    filter: named('lDAPDisplayName'),
    attributes: ['lDAPDisplayName', 'schemaIDGUID'],
    explicitBufferAttributes: ['schemaIDGUID'],
  });
  return new Map([
    ...schema.searchEntries.flatMap(({ lDAPDisplayName, schemaIDGUID }) =>
      Buffer.isBuffer(schemaIDGUID)
        ? [[String(lDAPDisplayName), guidText(schemaIDGUID)] as const]
        : [],
    ),
    ...extendedRights,
  ]);
}
