// Saving what was posted: an id changes that record, no id makes one; all of a request or nothing.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import type { Given } from '#http/halo/model.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { concerning } from './concerns.ts';
import { type Merged, mergeCustomFields } from './custom-fields.ts';
import { creation, deletion, updates } from './history.ts';
import { type PasswordChange, storePasswords } from './password-values.ts';
import { refusalOf, whenDeadlocked } from './pg-refusals.ts';
import { byKeys, findRecord, visible } from './read.ts';
import type { Raw, Resource } from './resource.ts';
import type { Wire } from './select.ts';
import { type Row, written } from './written.ts';

export type Acting = {
  readonly actor: Actor;
  readonly now: Date;
  /** For password fields; whoever saves without it may not set one. */
  readonly sealing?: Sealing | undefined;
};

/** Saves every object in one transaction and gives back each as it then stands. */
export function saveRecords(
  db: Db,
  resource: Resource,
  acting: Acting,
  given: readonly Given[],
): Promise<readonly Wire[]> {
  return whenDeadlocked(() =>
    inTransaction(db, async (tx) => {
      if (given.length > 1) await lockInOrder(tx, resource, given);
      const saved: Wire[] = [];
      for (const one of given) saved.push(await saveRecord(tx, resource, acting, one));
      return saved;
    }),
  );
}

/** Two requests that change the same records in another order would otherwise wait for each other. */
async function lockInOrder(tx: Tx, resource: Resource, given: readonly Given[]): Promise<void> {
  const ids = given.map(({ id }) => id).filter((id) => typeof id === 'number');
  if (resource.keys.length > 1 || ids.length === 0) return;
  await sql`select id from ${sql.table(resource.table)} where id = any(${ids}::integer[])
    order by id for update`.execute(tx);
}

export async function saveRecord(
  tx: Tx,
  resource: Resource,
  acting: Acting,
  given: Given,
): Promise<Wire> {
  const isNew = !given.id;
  const row = isNew
    ? await create(tx, resource, acting, given)
    : await change(tx, resource, acting, given);
  const keys = keysOf(resource, row);
  const saved = await findRecord(tx, resource, { actor: acting.actor, keys });
  return saved ?? refuse('record.out-of-reach', { kind: resource.kind });
}

/** Deletes one record, or marks it as deleted, and gives back what it was. */
export function deleteRecord(
  db: Db,
  resource: Resource,
  acting: Acting,
  asked: { readonly keys: Given; readonly reason?: string | undefined },
): Promise<Wire> {
  return inTransaction(db, async (tx) => {
    const before = await lock(tx, resource, acting.actor, asked.keys);
    await resource.rules.mayDelete?.(before, { tx, actor: acting.actor });
    const wire = await findRecord(tx, resource, { actor: acting.actor, keys: asked.keys });
    const soft = resource.rules.softDelete?.({ now: acting.now, reason: asked.reason });
    if (soft === undefined) await remove(tx, resource, asked.keys);
    else await update(tx, resource, asked.keys, written(resource, soft, before), acting.now);
    const entry = deletion(resource, acting.actor, before, asked.reason);
    await audit(tx, await concerning(tx, resource, before, [entry]));
    const after =
      soft === undefined ? undefined : await findRecord(tx, resource, { ...acting, ...asked });
    return after ?? wire ?? refuse('record.unknown', { kind: resource.kind, id: '' });
  });
}

async function create(tx: Tx, resource: Resource, acting: Acting, given: Given): Promise<Raw> {
  const ruled = await resource.rules.create({
    tx,
    ...acting,
    given: withoutManaged(resource, given, (name) => name !== 'id' && resource.keys.includes(name)),
  });
  const merged = await customFields(tx, resource, acting.actor, ruled);
  const row = { ...written(resource, ruled), ...merged.row };
  const stamps = resource.dated ? { created_at: acting.now, updated_at: acting.now } : {};
  const after = await insert(tx, resource, { ...stamps, ...row });
  await keepPasswords(tx, acting, after, merged.passwords);
  const entry = creation(resource, acting.actor, after);
  await audit(tx, await concerning(tx, resource, after, [entry]));
  await resource.rules.created?.({ tx, ...acting, given, after });
  return after;
}

async function change(tx: Tx, resource: Resource, acting: Acting, given: Given): Promise<Raw> {
  const before = await lock(tx, resource, acting.actor, given);
  const ruled = await resource.rules.change({
    tx,
    ...acting,
    given: withoutManaged(resource, given, () => false),
    before,
  });
  const merged = await customFields(tx, resource, acting.actor, ruled, before);
  const row = { ...written(resource, ruled, before), ...merged.row };
  const entries = await updates(tx, resource, acting.actor, before, row);
  if (entries.length === 0) return before;
  const after = await update(tx, resource, given, row, acting.now);
  await keepPasswords(tx, acting, after, merged.passwords);
  await audit(tx, await concerning(tx, resource, after, entries));
  await resource.rules.changed?.({ tx, ...acting, given, before, after });
  return after;
}

/** What only the desk's own rules write is not taken from outside; they may need to read a key. */
function withoutManaged(
  { members }: Resource,
  given: Given,
  isNeeded: (name: string) => boolean,
): Given {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name]) => members[name]?.kept.in !== 'managed' || isNeeded(name),
    ),
  );
}

function customFields(
  tx: Tx,
  { customFields: owner }: Resource,
  actor: Actor,
  given: Given,
  before?: Raw,
): Promise<Merged> {
  // A person fills in the fields there are; a program may bring its own.
  const mayDefine = actor.kind !== 'user';
  return mergeCustomFields(tx, { owner, mayDefine }, given.customfields, before);
}

async function keepPasswords(
  tx: Tx,
  { actor, now, sealing }: Acting,
  { id }: Raw,
  changes: readonly PasswordChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await storePasswords(tx, { sealing, by: actor.name, now, objectId: Number(id) }, changes);
}

/** The row as it is, held so that two changes of one record come one after the other. */
async function lock(tx: Tx, resource: Resource, actor: Actor, keys: Given): Promise<Raw> {
  const { rows } = await sql<Raw>`
    select t.* from ${sql.raw(resource.from)}
    where ${byKeys(resource, keys)} and ${visible(resource, actor)} for update of t`.execute(tx);
  return rows[0] ?? refuse('record.unknown', { kind: resource.kind, id: String(keys.id) });
}

async function insert(tx: Tx, resource: Resource, row: Row): Promise<Raw> {
  const names = Object.keys(row).map((name) => sql.ref(name));
  const { rows } = await sql<Raw>`
    insert into ${sql.table(resource.table)} (${sql.join(names)})
    values (${sql.join(Object.values(row))}) returning *`
    .execute(tx)
    .catch((error) => refusalOf(error, resource, 'save'));
  return rows[0] ?? refuse('record.unknown', { kind: resource.kind, id: 'new' });
}

async function update(tx: Tx, resource: Resource, keys: Given, row: Row, now: Date): Promise<Raw> {
  const stamped: Row = resource.dated ? { ...row, updated_at: now } : row;
  const sets = Object.entries(stamped).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  const { rows } = await sql<Raw>`
    update ${sql.table(resource.table)} as t set ${sql.join(sets)}
    where ${byKeys(resource, keys)} returning *`
    .execute(tx)
    .catch((error) => refusalOf(error, resource, 'save'));
  return rows[0] ?? refuse('record.unknown', { kind: resource.kind, id: String(keys.id) });
}

async function remove(tx: Tx, resource: Resource, keys: Given): Promise<void> {
  await sql`delete from ${sql.table(resource.table)} as t where ${byKeys(resource, keys)}`
    .execute(tx)
    .catch((error) => refusalOf(error, resource, 'delete'));
}

function keysOf(resource: Resource, row: Raw): Given {
  return Object.fromEntries(
    resource.keys.map((name) => {
      const kept = resource.members[name]?.kept;
      return [name, kept?.in === 'managed' || kept?.in === 'column' ? row[kept.column] : undefined];
    }),
  );
}
