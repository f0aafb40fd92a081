// Whether people may reset their own password at all, and through which connection they are written to.
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';

export type SelfServiceSettings = {
  readonly enabled: boolean;
  readonly connectionId: string | null;
};

export async function settingsOf(db: Db | Tx): Promise<SelfServiceSettings> {
  const row = await db
    .selectFrom('password_reset_settings')
    .select(['enabled', 'connection_id'])
    .executeTakeFirst();
  return { enabled: row?.enabled ?? false, connectionId: row?.connection_id ?? null };
}

/** Without mail nobody could be told of attempts, so without mail there is no self-service. */
export async function requireOn(db: Db | Tx): Promise<void> {
  if (!(await isOn(db))) refuse('self-service.off');
}

export async function isOn(db: Db | Tx): Promise<boolean> {
  const { enabled, connectionId } = await settingsOf(db);
  return enabled && connectionId !== null;
}

export async function changeSettings(
  db: Db,
  asked: {
    readonly enabled?: boolean | undefined;
    readonly connectionId?: string | null | undefined;
  },
  actor: Actor,
  now: Date,
): Promise<SelfServiceSettings> {
  return inTransaction(db, async (tx) => {
    await tx.selectFrom('password_reset_settings').select('id').forUpdate().execute();
    const before = await settingsOf(tx);
    const after = {
      enabled: asked.enabled ?? before.enabled,
      connectionId: asked.connectionId === undefined ? before.connectionId : asked.connectionId,
    };
    if (after.connectionId !== null) await requireMail(tx, after.connectionId);
    if (after.enabled && after.connectionId === null) refuse('self-service.no-mail');
    await tx
      .updateTable('password_reset_settings')
      .set({ enabled: after.enabled, connection_id: after.connectionId, changed_at: now })
      .execute();
    const subject = { kind: 'self-service', id: '1', name: 'Self-service password reset' };
    const fields = (['enabled', 'connectionId'] as const).filter(
      (field) => before[field] !== after[field],
    );
    await audit(
      tx,
      fields.map((field) => ({
        actor,
        action: 'self-service.changed',
        subject,
        field,
        before: String(before[field]),
        after: String(after[field]),
        outcome: 'done' as const,
      })),
    );
    return after;
  });
}

async function requireMail(tx: Tx, id: string): Promise<void> {
  const connection = await tx
    .selectFrom('connections')
    .select(['kind', 'name', 'client_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (connection === undefined || connection.client_id !== null) {
    refuse('record.unknown', { kind: 'connection for every client', id });
  }
  const { kind, name } = connection;
  if (kind !== 'mail') refuse('connection.wrong-kind', { name, kind, wanted: 'mail' });
}

/** Such a connection is not deleted. */
export async function selfServiceOn(db: Db | Tx, connectionId: string): Promise<readonly string[]> {
  const settings = await settingsOf(db);
  return settings.connectionId === connectionId ? ['self-service password reset'] : [];
}
