// The applications' SQL.
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Applications } from '#store/tables.ts';
import { type Application, Scope } from './model.ts';

export type ApplicationKey = {
  readonly slot: number;
  readonly generatedAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedFrom: string | null;
};

export async function insertApplication(
  db: Db | Tx,
  application: Application,
  secretHash: Buffer | undefined,
): Promise<void> {
  await db
    .insertInto('applications')
    .values({
      id: application.id,
      name: application.name,
      kind: application.kind,
      client_id: application.clientId,
      secret_hash: secretHash ?? null,
      agent_id: application.agentId ?? null,
      bound_client_id: application.boundClientId ?? null,
      allow_agents: application.allowAgents,
      scopes: [...application.scopes],
      redirect_uris: [...application.redirectUris],
      enabled: application.enabled,
      created_at: application.createdAt,
      changed_at: application.changedAt,
    })
    .execute();
}

export async function findApplication(db: Db | Tx, id: string): Promise<Application | undefined> {
  const row = await db
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : applicationOf(row);
}

/** The application that calls itself so, the hash of its secret, and what was tried of late: one round trip. */
export async function findClient(
  db: Db,
  clientId: string,
  attemptKey?: Buffer,
): Promise<
  | {
      readonly application: Application;
      readonly secretHash: Buffer | undefined;
      readonly tried: { readonly tries: number; readonly endsAt: Date } | undefined;
    }
  | undefined
> {
  if (!z.guid().safeParse(clientId).success) return undefined;
  const { rows } = await sql<
    Selectable<Applications> & { readonly tries: number | null; readonly ends_at: Date | null }
  >`select a.*, t.tries, t.ends_at from applications a left join attempts t on t.key = ${attemptKey ?? null}
    where a.client_id = ${clientId}`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { tries, ends_at: endsAt } = row;
  return {
    application: applicationOf(row),
    secretHash: row.secret_hash ?? undefined,
    tried: tries === null || endsAt === null ? undefined : { tries, endsAt },
  };
}

/** A page of applications in the order they were made. */
export async function listApplications(
  db: Db,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly Application[]> {
  const rows = await db
    .selectFrom('applications')
    .selectAll()
    .$if(page.after !== undefined, (query) => query.where('id', '>', page.after ?? ''))
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map(applicationOf);
}

/** A page for Halo's dialect: by number of rows, in the order of their names. */
export async function pageOfApplications(
  db: Db,
  page: { readonly limit: number; readonly offset: number; readonly search: string | undefined },
): Promise<readonly Application[]> {
  const rows = await db
    .selectFrom('applications')
    .selectAll()
    .where(sql<boolean>`position(lower(${page.search ?? ''}) in lower(name)) > 0`)
    .orderBy(sql`lower(name), id`)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return rows.map(applicationOf);
}

export async function allApplications(db: Db): Promise<readonly Application[]> {
  const rows = await db
    .selectFrom('applications')
    .selectAll()
    .orderBy(sql`lower(name), id`)
    .execute();
  return rows.map(applicationOf);
}

/** By its id, its client id or a name that one alone has, in any letter case. */
export async function namedApplication(db: Db, word: string): Promise<Application> {
  const lower = word.toLowerCase();
  const found = (await allApplications(db)).filter(
    ({ id, clientId, name }) => id === lower || clientId === lower || name.toLowerCase() === lower,
  );
  const [one, ...others] = found;
  if (others.length > 0) refuse('application.ambiguous', { name: word, count: found.length });
  return one ?? refuse('record.unknown', { kind: 'application', id: word.slice(0, 60) });
}

export async function countApplications(db: Db, search: string | undefined): Promise<number> {
  const { rows } = await sql<{ readonly total: number }>`
    select count(*)::integer as total from applications
    where position(lower(${search ?? ''}) in lower(name)) > 0`.execute(db);
  return rows[0]?.total ?? 0;
}

export async function setEnabled(
  db: Db | Tx,
  id: string,
  enabled: boolean,
  now: Date,
): Promise<void> {
  await db
    .updateTable('applications')
    .set({ enabled, changed_at: now })
    .where('id', '=', id)
    .execute();
}

export async function setTrusted(
  db: Db | Tx,
  id: string,
  trusted: boolean,
  now: Date,
): Promise<void> {
  await db
    .updateTable('applications')
    .set({ trusted_for_reset: trusted, changed_at: now })
    .where('id', '=', id)
    .execute();
}

export async function setSecret(db: Db | Tx, id: string, hash: Buffer, now: Date): Promise<void> {
  await db
    .updateTable('applications')
    .set({ secret_hash: hash, changed_at: now })
    .where('id', '=', id)
    .execute();
}

export async function updateApplication(db: Db | Tx, application: Application): Promise<void> {
  await db
    .updateTable('applications')
    .set({
      name: application.name,
      agent_id: application.agentId ?? null,
      bound_client_id: application.boundClientId ?? null,
      allow_agents: application.allowAgents,
      scopes: [...application.scopes],
      redirect_uris: [...application.redirectUris],
      changed_at: application.changedAt,
    })
    .where('id', '=', application.id)
    .execute();
}

export async function deleteApplication(db: Db | Tx, id: string): Promise<void> {
  await db.deleteFrom('applications').where('id', '=', id).execute();
}

export async function putKey(
  db: Db | Tx,
  key: {
    readonly applicationId: string;
    readonly slot: number;
    readonly hash: Buffer;
    readonly expiresAt: Date | undefined;
  },
  now: Date,
): Promise<void> {
  const row = {
    hash: key.hash,
    generated_at: now,
    expires_at: key.expiresAt ?? null,
    last_used_at: null,
    last_used_from: null,
  };
  await db
    .insertInto('application_keys')
    .values({ application_id: key.applicationId, slot: key.slot, ...row })
    .onConflict((conflict) => conflict.columns(['application_id', 'slot']).doUpdateSet(row))
    .execute();
}

export async function deleteKey(
  db: Db | Tx,
  applicationId: string,
  slot: number,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('application_keys')
    .where('application_id', '=', applicationId)
    .where('slot', '=', slot)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function listKeys(
  db: Db,
  applicationIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ApplicationKey[]>> {
  if (applicationIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('application_keys')
    .selectAll()
    .where('application_id', 'in', applicationIds)
    .orderBy('slot')
    .execute();
  const keys = rows.map((row) => ({
    applicationId: row.application_id,
    slot: row.slot,
    generatedAt: row.generated_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    lastUsedFrom: row.last_used_from,
  }));
  return Map.groupBy(keys, ({ applicationId }) => applicationId);
}

/** The enabled application whose key this is; notes where it was used, at most once a minute. */
export async function findByKey(
  db: Db,
  hash: Buffer,
  from: string,
  now: Date,
): Promise<
  { readonly application: Application; readonly expiresAt: Date | undefined } | undefined
> {
  const row = await db
    .selectFrom('application_keys')
    .innerJoin('applications', 'applications.id', 'application_keys.application_id')
    .selectAll('applications')
    .select(['last_used_at', 'expires_at'])
    .where('application_keys.hash', '=', hash)
    .where('enabled', '=', true)
    .where('kind', '=', 'api-key')
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() > noteUseMs) {
    await db
      .updateTable('application_keys')
      .set({ last_used_at: now, last_used_from: from })
      .where('hash', '=', hash)
      .execute();
  }
  return { application: applicationOf(row), expiresAt: row.expires_at ?? undefined };
}

const noteUseMs = 60_000;

export function applicationOf(row: Selectable<Applications>): Application {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    clientId: row.client_id,
    hasSecret: row.secret_hash !== null,
    agentId: row.agent_id ?? undefined,
    boundClientId: row.bound_client_id ?? undefined,
    allowAgents: row.allow_agents,
    scopes: scopesOf(row.scopes),
    redirectUris: row.redirect_uris,
    enabled: row.enabled,
    trustedForReset: row.trusted_for_reset,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}

/** A scope that a newer program wrote and this one does not know grants nothing. */
export function scopesOf(texts: readonly string[]): readonly Permission[] {
  return texts.flatMap((text) => {
    const scope = Scope.safeParse(text);
    return scope.success ? [scope.data] : [];
  });
}
