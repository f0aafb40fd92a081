// A session with one domain controller: signed in on every connection, limited, and closed for good when closed.
import { BindRequest, type Control, type Filter, PresenceFilter, SearchRequest } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { isWithin, parseDn, sameDn } from '#lib/dn.ts';
import type { Secret } from '#lib/secret.ts';
import { type Slots, slots } from '#lib/slots.ts';
import { type LdapAddress, limits } from './address.ts';
import { type Connection, connectionOver } from './connection.ts';
import { dial } from './dial.ts';
import { type Entry, textsOf } from './entry.ts';
import { decoded } from './raw-entry.ts';
import { lost, refusal } from './refusals.ts';

/** What the directory says of itself (its rootDSE, RFC 4512 §5.1). */
export type Root = {
  readonly baseDn: string;
  /** The naming context that holds it, as far as the service account sees it: groups and changes are sought there. */
  readonly context: string;
  readonly dnsDomain: string;
  readonly server: string;
  readonly activeDirectory: boolean;
  /** Whether it knows LDAP_SERVER_POLICY_HINTS_OID: a reset may then be held to the history. */
  readonly policyHints: string | undefined;
  /** Where Active Directory keeps what the whole forest shares. */
  readonly configuration?: string;
};

export type Session = AsyncDisposable & {
  readonly root: Root;
  readonly encrypted: boolean;
  /** The name it is signed in under, as the connection has it. */
  readonly signedInAs: string;
  /** Signs in as somebody else on a connection of its own, only to see whether it works. */
  readonly tryPassword: (dn: string, password: Secret) => Promise<void>;
  readonly pageSize: number;
  readonly slots: Slots;
  /** A living connection, signed in; a new one to the same server where the last was lost. */
  readonly connection: () => Promise<Connection>;
};

export type Stage = 'connect' | 'sign-in' | 'read';

/** Opens the session; `reached` hears of every stage that was passed, for connection tests. */
export async function openSession(
  address: LdapAddress,
  password: Secret,
  reached: (stage: Stage) => void = () => {},
): Promise<Session> {
  let closed = false;
  let peer: string | undefined;
  let current: Connection | undefined;
  let opening: Promise<Connection> | undefined;
  let server: string | undefined;

  const open = async (heard: typeof reached): Promise<Connection> => {
    const opened = await openConnection(address, password, { peer, server, heard });
    if (closed) {
      opened.connection.close();
      throw lost(new Error('the directory was closed here'));
    }
    ({ peer, connection: current } = opened);
    return opened.connection;
  };

  try {
    const first = await open(reached);
    const root = await readRoot(first, address.baseDn).catch((error: unknown) => {
      first.close();
      throw error;
    });
    server = root.server;
    reached('read');
    return {
      root,
      encrypted: address.security !== 'plain',
      signedInAs: address.bindDn,
      async tryPassword(dn, tried) {
        const { connection } = await openConnection({ ...address, bindDn: dn }, tried, {
          ...{ peer, server: undefined, heard: () => {} },
        });
        connection.close();
      },
      pageSize: address.pageSize ?? limits.pageSize,
      slots: slots(limits.operationsMax),
      async connection() {
        if (closed) throw lost(new Error('the directory was closed here'));
        if (current?.isAlive()) return current;
        opening ??= open(() => {}).finally(() => {
          opening = undefined;
        });
        return opening;
      },
      async [Symbol.asyncDispose]() {
        closed = true;
        current?.close();
      },
    };
  } catch (error) {
    throw refusal(error);
  }
}

/** Dials, signs in, and where an earlier connection told the server's name, makes sure it is the same. */
async function openConnection(
  address: LdapAddress,
  password: Secret,
  before: {
    readonly peer: string | undefined;
    readonly server: string | undefined;
    readonly heard: (stage: Stage) => void;
  },
): Promise<{ readonly connection: Connection; readonly peer: string }> {
  const { socket, peer } = await dial(address, before.peer);
  const timeoutMs = address.operationTimeoutMs ?? limits.operationTimeoutMs;
  const connection = connectionOver(socket, timeoutMs);
  before.heard('connect');
  try {
    await signIn(connection, address.bindDn, password);
    if (before.server !== undefined) await mustBe(connection, before.server);
  } catch (error) {
    connection.close();
    throw error;
  }
  before.heard('sign-in');
  return { connection, peer };
}

async function signIn(connection: Connection, dn: string, password: Secret): Promise<void> {
  // A name without a password signs in as nobody, and "succeeds" (RFC 4513 §5.1.2).
  if (dn === '' || password.reveal() === '') {
    throw new DirectoryRefusal(
      'credentials.refused',
      'The connection has no name or no password to sign in with; enter both.',
      false,
    );
  }
  await connection.send(new BindRequest({ messageId: 0, dn, password: password.reveal() }));
}

/** One address may stand for several domain controllers, which may not have heard of our writes yet. */
async function mustBe(connection: Connection, server: string): Promise<void> {
  const root = await readBase(connection, '', ['dnsHostName']);
  const now = root === undefined ? '' : (textsOf(root, 'dnsHostName')[0] ?? '');
  if (now === server) return;
  throw new DirectoryRefusal(
    'directory.unreachable',
    `Another server (${now}) answers where ${server} did; begin again, or connect to one domain controller by its own name.`,
    true,
  );
}

/** LDAP_SERVER_POLICY_HINTS_OID and what it was called before Windows Server 2012 (MS-ADTS §3.1.1.3.4.1.27). */
const policyHints = ['1.2.840.113556.1.4.2239', '1.2.840.113556.1.4.2066'] as const;

/** LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS §3.1.1.3.4.3.1) */
const activeDirectory = '1.2.840.113556.1.4.800';

async function readRoot(connection: Connection, baseDn: string | undefined): Promise<Root> {
  const attributes = [
    ...['defaultNamingContext', 'namingContexts', 'configurationNamingContext'],
    ...['dnsHostName', 'supportedCapabilities', 'supportedControl'],
  ];
  const root = await readBase(connection, '', attributes);
  const texts = (name: string) => (root === undefined ? [] : textsOf(root, name));
  const contexts = texts('namingContexts');
  const own = texts('defaultNamingContext')[0] ?? (contexts.length === 1 ? contexts[0] : undefined);
  const base = baseDn ?? own;
  if (base === undefined || parseDn(base) === undefined) {
    throw new DirectoryRefusal(
      'value.refused',
      'The directory does not say which naming context is its own; enter the base DN in the connection.',
      false,
    );
  }
  if ((await readBase(connection, base, ['objectClass'])) === undefined) {
    throw new DirectoryRefusal(
      'container.missing',
      'The base DN of the connection is not in the directory, or the service account may not see it; correct it.',
      false,
    );
  }
  const [configuration] = texts('configurationNamingContext');
  const holding = contexts
    .filter((each) => each !== '' && isWithin(base, each))
    .toSorted((one, other) => other.length - one.length)[0];
  return {
    ...(configuration === undefined ? {} : { configuration }),
    baseDn: base,
    context: await seenContext(connection, base, holding),
    dnsDomain: dnsDomainOf(own ?? base),
    server: texts('dnsHostName')[0] ?? '',
    activeDirectory: texts('supportedCapabilities').includes(activeDirectory),
    policyHints: policyHints.find((oid) => texts('supportedControl').includes(oid)),
  };
}

async function seenContext(
  connection: Connection,
  base: string,
  holding: string | undefined,
): Promise<string> {
  if (holding === undefined || sameDn(holding, base)) return base;
  const seen = await readBase(connection, holding, ['objectClass']);
  return seen === undefined ? base : holding;
}

/** One entry by its DN on one connection, or nothing. */
export async function readBase(
  connection: Connection,
  dn: string,
  attributes: readonly string[],
  filter: Filter = new PresenceFilter({ attribute: 'objectClass' }),
  controls: Control[] = [],
): Promise<Entry | undefined> {
  const request = new SearchRequest({
    messageId: 0,
    baseDN: dn,
    scope: 'base',
    filter,
    attributes: [...attributes],
    controls,
  });
  try {
    const { entries } = await connection.send(request);
    return entries[0] === undefined ? undefined : decoded(entries[0]);
  } catch (error) {
    const known = refusal(error);
    if (known.code === 'object.missing' || known.code === 'value.refused') return undefined;
    throw known;
  }
}

function dnsDomainOf(dn: string): string {
  return (parseDn(dn) ?? [])
    .flat()
    .filter(({ type }) => type.toLowerCase() === 'dc')
    .map(({ value }) => value)
    .join('.');
}
