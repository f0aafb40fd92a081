// The audit entries of a change to a connection: one a changed field; of secrets only that they changed.
import type { Actor } from '#domain/actor.ts';
import type { AuditEntry } from '#store/audit.ts';
import { type Connection, changedNames, valuesOf } from './model.ts';
import type { GivenSecret } from './secrets.ts';

export function entry(
  actor: Actor,
  action: string,
  { id, name, clientId }: Connection,
): AuditEntry {
  return { actor, action, subject: { kind: 'connection', id, name }, outcome: 'done', clientId };
}

/** One entry a changed field; of secrets only that they changed. */
export function differences(
  actor: Actor,
  before: Connection,
  after: Connection,
  how: {
    readonly redirected: boolean;
    readonly secret: GivenSecret | null | undefined;
    /** The name of the vault it is kept in from now on. */
    readonly vault: string | undefined;
  },
): AuditEntry[] {
  const of = (field: string, rest: Partial<AuditEntry>): AuditEntry => ({
    ...entry(actor, 'connection.changed', after),
    field,
    ...rest,
  });
  const old = { ...valuesOf(before.reached), name: before.name, client: asText(before.clientId) };
  const young = { ...valuesOf(after.reached), name: after.name, client: asText(after.clientId) };
  const names = changedNames(before.reached, after.reached);
  if (old.name !== young.name) names.push('name');
  if (old.client !== young.client) names.push('client');
  const fields = names.map((name) =>
    of(name, { before: Reflect.get(old, name) ?? null, after: Reflect.get(young, name) ?? null }),
  );
  if (how.secret) {
    const { keptAt } = after;
    const because =
      keptAt === null
        ? 'replaced'
        : `kept in the key vault "${how.vault ?? keptAt.vault}" as "${keptAt.secret}"`;
    return [...fields, of('secret', { because })];
  }
  if (before.hasSecret && !after.hasSecret) {
    const because = how.redirected ? 'cleared, because the connection goes elsewhere' : 'removed';
    return [...fields, of('secret', { because })];
  }
  return fields;
}

function asText(clientId: number | null): string | null {
  return clientId === null ? null : String(clientId);
}
