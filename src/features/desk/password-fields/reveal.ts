// Shows a password to somebody entitled who sees its record: recorded first, and answered only once it is proven.
import { sql } from 'kysely';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { haloCodes } from '#domain/halo-codes.ts';
import { refuse } from '#domain/problem.ts';
import { assets } from '#features/desk/assets/assets.ts';
import { clients } from '#features/desk/clients/clients.ts';
import type { CustomFieldOwner } from '#features/desk/resource/custom-field-owners.ts';
import { subjectOf } from '#features/desk/resource/history.ts';
import { passwordPlace } from '#features/desk/resource/password-values.ts';
import { visible } from '#features/desk/resource/read.ts';
import type { Raw, Resource } from '#features/desk/resource/resource.ts';
import { type DeskPorts, mayRead } from '#features/desk/resource/routes.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { tickets } from '#features/desk/tickets/tickets.ts';
import { users } from '#features/desk/users/users.ts';
import type { Secret } from '#lib/secret.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { chained } from '#store/audit-chain.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { ownerOfField } from './queries.ts';
import type { Shown } from './wire.ts';

type Parent = {
  readonly resource: Resource;
  /** The SQL of the client that a record belongs to. */
  readonly client: string;
};

const ofSite = '(select client_id from desk_sites where id = t.site_id)';
const parents: Readonly<Partial<Record<CustomFieldOwner, Parent>>> = {
  ticket: { resource: tickets, client: 't.client_id' },
  client: { resource: clients, client: 't.id' },
  site: { resource: sites, client: 't.client_id' },
  asset: { resource: assets, client: ofSite },
  user: { resource: users, client: ofSite },
};

const codes: readonly { readonly code: number; readonly name: CustomFieldOwner }[] =
  haloCodes.PasswordObjectType.codes;

/** All of them or none. Commit, then proof, then the answer: a reveal that is not proven is not answered. */
export async function revealPasswords(
  { db, clock, sealing }: DeskPorts,
  actor: Actor,
  asked: readonly Shown[],
): Promise<readonly Secret[]> {
  refuseImpersonated(actor);
  const now = clock();
  const found = await inTransaction(db, async (tx) => {
    const values: Secret[] = [];
    const entryIds: string[] = [];
    for (const one of asked) {
      const field = await findField(tx, actor, one);
      values.push(sealing.unseal(passwordPlace(one.fieldId, one.objectId), field.sealed));
      entryIds.push(await record(tx, actor, one, field, now));
    }
    return { values, entryIds };
  });
  await chained(db, found.entryIds);
  return found.values;
}

type Field = {
  readonly owner: CustomFieldOwner;
  readonly name: string;
  /** As people read it. */
  readonly label: string;
  readonly clientId: number | null;
  readonly subject: AuditEntry['subject'];
  readonly sealed: Buffer;
};

type FieldRow = Raw & {
  readonly field_name: string;
  readonly field_label: string;
  readonly field_client: number | null;
  readonly field_sealed: Buffer;
};

/** Only of a record that the actor sees: the condition stands in the query. */
async function findField(tx: Tx, actor: Actor, asked: Shown): Promise<Field> {
  const owner = codes.find(({ code }) => code === asked.objectType)?.name;
  const parent = owner && parents[owner];
  if (owner === undefined || parent === undefined) return nothing(asked, owner);
  const { resource, client } = parent;
  mayRead(actor, resource);
  const { rows } = await sql<FieldRow>`
    select t.*, field.name as field_name,
      coalesce(nullif(field.label, ''), field.name) as field_label, ${sql.raw(client)} as field_client,
      kept.sealed_value as field_sealed
    from ${sql.raw(resource.from)}
    join password_values kept on kept.object_id = t.id and kept.definition_id = ${asked.fieldId}
    join custom_field_definitions field on field.id = kept.definition_id and field.owner = ${owner}
    where t.id = ${asked.objectId} and ${visible(resource, actor)}`.execute(tx);
  const [row] = rows;
  if (row === undefined) return notFound(tx, asked, owner);
  return {
    owner,
    name: row.field_name,
    label: row.field_label,
    clientId: row.field_client,
    subject: subjectOf(resource, row),
    sealed: row.field_sealed,
  };
}

async function notFound(tx: Tx, asked: Shown, owner: CustomFieldOwner): Promise<never> {
  const really = await ownerOfField(tx, asked.fieldId);
  if (really === undefined || really === owner) return nothing(asked, owner);
  const right = codes.find(({ name }) => name === really)?.code;
  return refuse('password-field.other-object', {
    field: asked.fieldId,
    type: asked.objectType,
    owner: really,
    wanted: right === undefined ? 'which has no password fields' : `object_type ${right}`,
  });
}

function nothing(asked: Shown, owner: CustomFieldOwner | undefined): never {
  return refuse('password-field.none', {
    field: asked.fieldId,
    kind: owner ?? 'record',
    id: asked.objectId,
  });
}

async function record(
  tx: Tx,
  actor: Actor,
  asked: Shown,
  field: Field,
  now: Date,
): Promise<string> {
  const { owner, name, clientId, subject } = field;
  const [entryId = ''] = await audit(tx, [
    {
      actor,
      action: 'password-field.revealed',
      subject,
      field: name,
      outcome: 'done',
      ...(owner === 'ticket' ? { ticketId: asked.objectId } : {}),
      ...(owner === 'user' ? { userId: asked.objectId } : {}),
      ...(clientId === null ? {} : { clientId }),
    },
  ]);
  await tx
    .insertInto('password_reveals')
    .values({
      object_type: asked.objectType,
      object_id: asked.objectId,
      field_id: asked.fieldId,
      client_id: clientId,
      object_name: subject.name,
      field_name: field.label,
      at: now,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      agent_id: actor.agentId ?? null,
      entry_id: entryId,
    })
    .execute();
  return entryId;
}
