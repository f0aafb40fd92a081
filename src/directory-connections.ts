// The connections that directory syncs read through: found, made, changed and tried, where both sides are known.
import { ldapAddress } from '#connectors/ldap/probe.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import type { ProbeResult, Reached } from '#domain/connection.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { VaultRefusal } from '#domain/ports/vault.ts';
import { Problem } from '#domain/problem.ts';
import {
  changeConnection,
  createConnection,
  deleteConnection,
  type Workshop,
} from '#features/connections/commands.ts';
import type { HealthPorts, ProbeTarget } from '#features/connections/health.ts';
import {
  allowanceOf,
  type Connection,
  parseSettings,
  reachChanged,
  warningsOf,
} from '#features/connections/model.ts';
import { findConnections, getConnection } from '#features/connections/queries.ts';
import { secretSource } from '#features/connections/secrets.ts';
import type { Candidate, ConnectionPort } from '#features/directories/connection-port.ts';
import type { DirectoryConnection } from '#features/directories/model.ts';
import { Secret } from '#lib/secret.ts';

type Ports = Workshop & Pick<HealthPorts, 'probe'>;

export function directoryConnections(ports: Ports): ConnectionPort {
  return {
    async find(db, actor, ids) {
      const found = await findConnections(db, actor, ids);
      return new Map(found.flatMap((one) => directoryOf(one) ?? []).map((one) => [one.id, one]));
    },
    async create(tx, actor, { name, clientId, settings, secret }) {
      const made = await createConnection({ ...ports, db: tx }, actor, {
        ...{ kind: 'ldap', name, clientId, lab: false },
        settings: settings ?? {},
        secret: secret ?? null,
      });
      return asDirectory(made);
    },
    async change(tx, actor, id, given) {
      return asDirectory(await changeConnection({ ...ports, db: tx }, actor, id, given));
    },
    async remove(tx, actor, id) {
      const users = await ports.usersOf(tx, id);
      if (users.length === 0) await deleteConnection({ ...ports, db: tx }, actor, id);
      return users;
    },
    async probe(candidate, signal) {
      try {
        const target = await targetOf(ports, candidate);
        return 'ok' in target ? target : await ports.probe(target, signal);
      } catch (error) {
        return failed(error);
      }
    },
    async browse(candidate) {
      const target = await targetOf(ports, candidate);
      if ('ok' in target) throw new DirectoryRefusal('credentials.refused', target.sentence, false);
      const { reached, secret, allowance } = target;
      if (reached.kind !== 'ldap') throw new TypeError('A directory is browsed.');
      return openLdapScanner(ldapAddress(reached.settings, allowance), secret ?? new Secret(''));
    },
  };
}

function directoryOf(connection: Connection): DirectoryConnection | undefined {
  const { id, name, clientId, lab, reached, hasSecret, version } = connection;
  if (reached.kind !== 'ldap') return undefined;
  const warnings = warningsOf(connection);
  return { id, name, clientId, lab, settings: reached.settings, hasSecret, version, warnings };
}

function asDirectory(connection: Connection): DirectoryConnection {
  return directoryOf(connection) ?? other(connection);
}

function other({ name, reached }: Connection): never {
  throw new Problem('connection.wrong-kind', { name, kind: reached.kind, wanted: 'ldap' });
}

/** What is tried: the settings laid over the stored ones, with the secret that they would leave. */
async function targetOf(
  ports: Ports,
  { stored, settings, secret }: Candidate,
): Promise<ProbeTarget | Extract<ProbeResult, { ok: false }>> {
  const known = stored && (await getConnection(ports.db, {}, stored.id));
  const reached = parseSettings('ldap', { ...known?.reached.settings, ...settings });
  const stays = known !== undefined && !reachChanged(known.reached, reached);
  const source = stays ? secretSource(ports, known) : null;
  const given = secret ?? (await source?.current());
  if (given === undefined) return withoutSecret(reached, known);
  const confirmations = stays ? known.confirmations : [];
  const allowance = allowanceOf({ lab: known?.lab ?? false, confirmations }, ports.rules);
  return { reached, secret: given, allowance };
}

function withoutSecret(
  reached: Reached,
  known: Connection | undefined,
): Extract<ProbeResult, { ok: false }> {
  const where = reached.kind === 'ldap' ? reached.settings.host : '';
  const sentence =
    known?.hasSecret === true
      ? `The stored password does not go to another place than it was entered for; send it again to try ${where}.`
      : 'There is no password yet; send one.';
  return { ok: false, stage: 'credentials', code: 'connection.no-secret', sentence };
}

function failed(error: unknown): Extract<ProbeResult, { ok: false }> {
  if (error instanceof VaultRefusal) {
    return { ok: false, stage: 'secret', code: error.code, sentence: error.message };
  }
  throw error;
}
