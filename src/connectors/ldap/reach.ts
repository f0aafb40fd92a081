// Opens a connection to the first of a directory's hosts that answers, and signs in there.
import type { HostAndPort } from '#domain/connection.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { type LdapAddress, limits } from './address.ts';
import { type Connection, connectionOver } from './connection.ts';
import { dial } from './dial.ts';
import { refusal } from './refusals.ts';
import { type Credentials, signIn } from './sign-in.ts';

export type Stage = 'connect' | 'sign-in' | 'read';

export type Reached = {
  readonly connection: Connection;
  /** The address it was dialled at, so that a later one reaches the same server. */
  readonly peer: string;
  readonly at: HostAndPort;
  /** Whom the directory takes us for; undefined where it does not tell. */
  readonly identity: string | undefined;
  /** Why those before it in the list were passed over, a sentence each. */
  readonly passedOver: readonly string[];
};

/**
 * In order, each with a short wait. What was refused with the credentials is not tried elsewhere: eight wrong
 * tries would lock the account out.
 */
export async function reachFirst(
  address: LdapAddress,
  credentials: Credentials,
  heard: (stage: Stage) => void,
): Promise<Reached> {
  const { others = [], ...first } = address;
  const failures: DirectoryRefusal[] = [];
  for (const at of [{ host: first.host, port: first.port }, ...others]) {
    const patience = address.connectTimeoutMs ?? limits.connectTimeoutMs;
    const connectTimeoutMs =
      others.length === 0 ? patience : Math.min(patience, limits.failoverTimeoutMs);
    try {
      const one = { ...first, ...at, connectTimeoutMs };
      const reached = await reach(one, credentials, { heard });
      return { ...reached, passedOver: failures.map(({ message }) => message) };
    } catch (error) {
      const known = refusal(error);
      if (!mayPass.includes(known.code)) throw known;
      failures.push(known);
    }
  }
  throw none(failures);
}

/** One server, and no other. */
export async function reach(
  address: LdapAddress,
  credentials: Credentials,
  { heard = () => {}, peer }: { heard?: (stage: Stage) => void; peer?: string | undefined } = {},
): Promise<Reached> {
  const client = credentials.by === 'certificate' ? credentials.certificate : undefined;
  const dialled = await dial(address, client, peer);
  const timeoutMs = address.operationTimeoutMs ?? limits.operationTimeoutMs;
  const connection = connectionOver(dialled.socket, timeoutMs);
  heard('connect');
  try {
    const identity = await signIn(connection, credentials);
    heard('sign-in');
    const { host, port } = address;
    return { connection, peer: dialled.peer, at: { host, port }, identity, passedOver: [] };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** What another server may do better: it was not reached, cannot be trusted, or has no time. */
const mayPass: readonly string[] = [
  ...['directory.unreachable', 'directory.busy', 'tls.untrusted', 'tls.required'],
];

function none(failures: readonly DirectoryRefusal[]): DirectoryRefusal {
  const [first, ...rest] = failures;
  if (first === undefined) throw new TypeError('A directory has at least one host.');
  if (rest.length === 0) return first;
  const told = failures.map(({ message }) => message).join(' ');
  return new DirectoryRefusal(
    first.code,
    `None of the ${failures.length} hosts could be used. ${told}`,
    failures.some(({ retryable }) => retryable),
    first.detail,
  );
}
