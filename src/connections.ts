// Opens connections: finds settings, secret and allowance, and hands them to the connector of their kind.

import { type Halo, openHalo, probeHalo } from '#connectors/halo/halo.ts';
import { openWebhook, probeWebhook } from '#connectors/http/webhook.ts';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { ldapAddress, probeLdap } from '#connectors/ldap/probe.ts';
import { openLdapScanner, type SyncDirectory } from '#connectors/ldap/scanner.ts';
import { openMailer, probeMail } from '#connectors/mail/mail.ts';
import type { ProbeResult } from '#domain/connection.ts';
import type { Application } from '#domain/ports/application.ts';
import type { Directory } from '#domain/ports/directory.ts';
import type { Mailer, Poster } from '#domain/ports/messenger.ts';
import type { ServiceDesk } from '#domain/ports/service-desk.ts';
import type { ConnectionRules } from '#features/connections/commands.ts';
import type { ProbeTarget } from '#features/connections/health.ts';
import { readyConnection, wrongKind } from '#features/connections/open.ts';
import type { SecretKeeper } from '#features/connections/secrets.ts';
import { errorCode } from '#lib/errors.ts';
import { Secret } from '#lib/secret.ts';
import { fixed, type SecretSource, withSecret } from '#lib/secret-source.ts';
import type { Db } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { shelf } from './shelf.ts';

export type ConnectionsOptions = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly rules: ConnectionRules;
  readonly keeper: SecretKeeper;
};

export type Connections = AsyncDisposable & {
  /** A session of its own, closed by who opened it. */
  openDirectory(connectionId: string): Promise<Directory>;
  /** For a sync: reads alone, from the first of its hosts that answers; closed by who opened it. */
  openSyncDirectory(connectionId: string, pageSize: number): Promise<SyncDirectory>;
  /** Shared by all who open it; disposing gives it back. */
  openApplication(connectionId: string): Promise<Application>;
  openDesk(connectionId: string): Promise<ServiceDesk & AsyncDisposable>;
  /** The people of a remote Halo, as a sync writes them. */
  openRemote(connectionId: string): Promise<Pick<Halo, 'people'> & AsyncDisposable>;
  openMailer(connectionId: string): Promise<Mailer>;
  openWebhook(connectionId: string): Promise<Poster>;
  /** Tries a system without changing anything in it; names the stage that failed. */
  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
};

/** A Halo stays signed in between uses for so long; its token is worth keeping. */
const idleMs = 5 * 60_000;

export function openConnections(options: ConnectionsOptions): Connections {
  const ready = (id: string) => readyConnection(options, id);
  const halos = shelf<Halo>(idleMs);
  const openSharedHalo = async (id: string): Promise<Halo> => {
    const connection = await ready(id);
    const { reached, version, allowance } = connection;
    if (reached.kind !== 'halo') wrongKind(connection, 'halo');
    const { thing, giveBack } = halos.take(id, version, () =>
      openHalo(reached.settings, sourceOf(connection.secret), allowance),
    );
    return { ...thing, [Symbol.asyncDispose]: giveBack };
  };
  return {
    openApplication: openSharedHalo,
    openDesk: openSharedHalo,
    openRemote: openSharedHalo,
    async openDirectory(id) {
      const connection = await ready(id);
      const { reached, allowance } = connection;
      if (reached.kind !== 'ldap') wrongKind(connection, 'ldap');
      const address = ldapAddress(reached.settings, allowance);
      const open = (secret: Secret) => openLdapDirectory(address, secret);
      return withSecret(sourceOf(connection.secret), open, isRefusedSecret);
    },
    async openSyncDirectory(id, pageSize) {
      const connection = await ready(id);
      const { reached, allowance } = connection;
      if (reached.kind !== 'ldap') wrongKind(connection, 'ldap');
      const address = { ...ldapAddress(reached.settings, allowance), pageSize };
      const open = (secret: Secret) => openLdapScanner(address, secret);
      return withSecret(sourceOf(connection.secret), open, isRefusedSecret);
    },
    async openMailer(id) {
      const connection = await ready(id);
      const { reached, secret, allowance } = connection;
      if (reached.kind !== 'mail') wrongKind(connection, 'mail');
      const open = (password: Secret) => openMailer(reached.settings, password, allowance);
      return secret === null
        ? openMailer(reached.settings, null, allowance)
        : signedIn(secret, open);
    },
    async openWebhook(id) {
      const connection = await ready(id);
      const { reached, allowance } = connection;
      if (reached.kind !== 'webhook') wrongKind(connection, 'webhook');
      const open = (key: Secret) => openWebhook(reached.settings, key, allowance);
      return signing(sourceOf(connection.secret), open);
    },
    probe,
    [Symbol.asyncDispose]: () => halos[Symbol.asyncDispose](),
  };
}

const nothing = new Secret('');

function sourceOf(secret: SecretSource | null): SecretSource {
  return secret ?? fixed(nothing);
}

/** A receiver says of a wrong signature only that it does not take the message. */
const refusedCodes = ['credentials.refused', 'message.refused'];

function isRefusedSecret(error: unknown): boolean {
  return refusedCodes.includes(errorCode(error) ?? '');
}

/** Signs in anew for each mail, with the password as it is by then. */
function signedIn(secret: SecretSource, open: (password: Secret) => Mailer): Mailer {
  const once = async (password: Secret, ...asked: Parameters<Mailer['send']>) => {
    await using mailer = open(password);
    await mailer.send(...asked);
  };
  return {
    send: (...asked) => withSecret(secret, (password) => once(password, ...asked), isRefusedSecret),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Signs each message with the key as it is by then. */
function signing(secret: SecretSource, open: (key: Secret) => Poster): Poster {
  const once = async (key: Secret, ...asked: Parameters<Poster['post']>) => {
    await using poster = open(key);
    await poster.post(...asked);
  };
  return {
    post: (...asked) => withSecret(secret, (key) => once(key, ...asked), isRefusedSecret),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function probe(
  { reached, secret, allowance }: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  switch (reached.kind) {
    case 'halo':
      return probeHalo(reached.settings, secret ?? nothing, allowance);
    case 'mail':
      return probeMail(reached.settings, secret, allowance);
    case 'webhook':
      return probeWebhook(reached.settings, allowance, signal);
    case 'ldap':
      return probeLdap(ldapAddress(reached.settings, allowance), secret ?? nothing);
  }
}
