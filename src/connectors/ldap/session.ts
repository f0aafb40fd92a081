// A session with one domain controller: signed in on every connection, limited, and closed for good when closed.
import type { HostAndPort } from '#domain/connection.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import type { Secret } from '#lib/secret.ts';
import { type Slots, slots } from '#lib/slots.ts';
import { type LdapAddress, limits } from './address.ts';
import type { Connection } from './connection.ts';
import { textsOf } from './entry.ts';
import { type Reached, reach, reachFirst, type Stage } from './reach.ts';
import { readBase } from './read-base.ts';
import { lost, refusal } from './refusals.ts';
import { type Root, readRoot } from './root.ts';
import { type Credentials, credentialsOf } from './sign-in.ts';

export type Session = AsyncDisposable & {
  readonly root: Root;
  readonly encrypted: boolean;
  /** Which of the connection's hosts answered, and why those before it did not. */
  readonly reached: HostAndPort;
  readonly passedOver: readonly string[];
  /** The name it is signed in under, as the connection has it; by certificate, as the directory tells. */
  readonly signedInAs: string;
  /** Signs in as somebody else on a connection of its own, only to see whether it works. */
  readonly tryPassword: (dn: string, password: Secret) => Promise<void>;
  readonly pageSize: number;
  readonly slots: Slots;
  /** A living connection, signed in; a new one to the same server where the last was lost. */
  readonly connection: () => Promise<Connection>;
};

export type SessionOptions = {
  /** Hears of every stage that was passed, for connection tests. */
  readonly reached?: (stage: Stage) => void;
  readonly clock?: Clock;
  /** A reference of another server led here: the base DN is the reference's, and no setting of the connection. */
  readonly referred?: boolean;
};

export async function openSession(
  address: LdapAddress,
  password: Secret,
  { reached: heard = () => {}, clock = systemClock, referred = false }: SessionOptions = {},
): Promise<Session> {
  try {
    const credentials = credentialsOf(address, password, clock());
    const first = await reachFirst(address, credentials, heard);
    const root = await readRoot(first.connection, address.baseDn, referred)
      .catch((error: unknown) => {
        throw referred ? error : unmapped(refusal(error), credentials, first.identity);
      })
      .catch((error: unknown) => {
        first.connection.close();
        throw error;
      });
    heard('read');
    return sessionWith({ ...address, ...first.at, others: [] }, credentials, first, root);
  } catch (error) {
    throw refusal(error);
  }
}

/** From here on there is one server; where its connection is lost, it is dialled again and no other. */
function sessionWith(
  address: LdapAddress,
  credentials: Credentials,
  { connection: first, peer, at, passedOver, identity }: Reached,
  root: Root,
): Session {
  let closed = false;
  let current = first;
  let opening: Promise<Connection> | undefined;
  const again = async (): Promise<Connection> => {
    const { connection } = await reach(address, credentials, { peer });
    try {
      await mustBe(connection, root.server);
      if (closed) throw lost(new Error('the directory was closed here'));
    } catch (error) {
      connection.close();
      throw error;
    }
    current = connection;
    return connection;
  };
  return {
    root,
    encrypted: address.security !== 'plain',
    reached: at,
    passedOver,
    signedInAs: credentials.by === 'password' ? credentials.dn : nameIn(identity ?? ''),
    async tryPassword(dn, tried) {
      const { connection } = await reach(
        address,
        { by: 'password', dn, password: tried },
        { peer },
      );
      connection.close();
    },
    pageSize: address.pageSize ?? limits.pageSize,
    slots: slots(limits.operationsMax),
    async connection() {
      if (closed) throw lost(new Error('the directory was closed here'));
      if (current.isAlive()) return current;
      opening ??= again().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      current.close();
    },
  };
}

/** Of an authorisation identity (RFC 4513 §5.2.1.8) the name alone. */
function nameIn(identity: string): string {
  return identity.replace(/^(?:dn|u):/i, '');
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

/** A certificate that leads to no account signs in all the same, as its own subject, and sees nothing. */
function unmapped(
  known: DirectoryRefusal,
  credentials: Credentials,
  identity: string | undefined,
): DirectoryRefusal {
  if (known.code !== 'container.missing' || credentials.by !== 'certificate') return known;
  return new DirectoryRefusal(
    'credentials.refused',
    `The directory takes the client certificate (${credentials.certificate.subject}) for "${identity ?? ''}", who may not see the base DN; map it to the service account, or give that its rights.`,
    false,
    known.detail,
  );
}
