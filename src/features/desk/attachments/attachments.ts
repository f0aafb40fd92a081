// Attachments: files that belong to one record each, and are seen by whoever sees that record.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import { codeSentence } from '#domain/halo-codes.ts';
import { allows, type Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { actions } from '#features/desk/actions/actions.ts';
import { assets } from '#features/desk/assets/assets.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { byFlag, byInt, byText, type Sql } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { sites } from '#features/desk/sites/sites.ts';
import { tickets } from '#features/desk/tickets/tickets.ts';
import { users } from '#features/desk/users/users.ts';
import type { Given } from '#http/halo/model.ts';
import { attachmentMembers } from './members.ts';

/** Decoded. A body holds a third more, and its other members. */
export const attachmentBytesMax = 20 * 1024 * 1024;
const bodyBytesMax = 30 * 1024 * 1024;

type Owner = {
  /** AttachmentType, docs/halo-codes.md. */
  readonly code: number;
  readonly column: string;
  readonly member: string;
  readonly resource: Resource;
};

/** What may have attachments, by Halo's number for its table. */
const owners: readonly Owner[] = [
  { code: 1, column: 'ticket_id', member: '_ticket_id', resource: tickets },
  { code: 2, column: 'client_id', member: '_client_id', resource: clients },
  { code: 3, column: 'site_id', member: '_site_id', resource: sites },
  { code: 4, column: 'user_id', member: '_user_id', resource: users },
  { code: 5, column: 'asset_id', member: '_asset_id', resource: assets },
];

export const attachments: Resource = {
  path: 'Attachment',
  model: ['Attachment', 'Attachment_List'],
  kind: 'attachment',
  envelope: 'attachments',
  table: 'attachments',
  from: 'attachments t',
  members: attachmentMembers,
  keys: ['id'],
  named: 'filename',
  dated: true,
  order: 't.id desc',
  search: ['t.filename', 't.note'],
  filters: {
    ticket_id: byInt((id) => sql`t.ticket_id = ${id}`),
    action_id: byInt((id) => sql`t.action_id = ${id}`),
    type: byInt((code) => whose(code)),
    unique_id: byInt(
      (id) => sql`coalesce(t.ticket_id, t.client_id, t.site_id, t.user_id, t.asset_id) = ${id}`,
    ),
    one_attachment_id: byInt((id) => sql`t.id = ${id}`),
    filetype: byText((type) => sql`lower(t.filename) like ${`%.${type.toLowerCase()}`}`),
    isimage: byFlag((yes) => sql`(t.content_type like 'image/%') = ${yes}`),
  },
  idOnly: { parameter: 'idonly', members: ['id'] },
  visibleTo,
  read: ['read:tickets', 'read:customers', 'read:assets'],
  edit: ['edit:tickets', 'edit:customers', 'edit:assets'],
  openToUsers: true,
  bodyBytesMax,
  rules: { create, change, created, mayDelete },
};

function whose(code: number): Sql {
  const owner = owners.find((one) => one.code === (code === 0 ? 1 : code));
  return owner === undefined ? sql`false` : sql`${sql.ref(`t.${owner.column}`)} is not null`;
}

/** Seen with its owner: where that may be read at all, and where this one may. */
function visibleTo(actor: Actor): Sql {
  const seen = owners
    .filter(({ resource }) => mayAny(actor, resource.read))
    .map(
      ({ column, resource }) =>
        sql`${sql.ref(`t.${column}`)} in (select t.id from ${sql.raw(resource.from)}
          where ${resource.visibleTo(actor) ?? sql`true`})`,
    );
  if (seen.length === 0) return sql`false`;
  const either = sql`(${sql.join(seen, sql` or `)})`;
  if (actor.kind !== 'user') return either;
  return sql`(${either} and t.show_to_users and (t.action_id is null or exists (
    select 1 from ticket_actions n where n.ticket_id = t.ticket_id and n.id = t.action_id
      and not n.hidden_from_user)))`;
}

function mayAny(actor: Actor, needed: Resource['read']): boolean {
  return needed === 'signed-in' || needed.some((one) => allows(actor.permissions, one));
}

async function create(saving: Saving): Promise<Given> {
  const given = withoutNulls(saving.given);
  const filename = plainName(textOf(given, 'filename'));
  const data = dataOf(given);
  const { owner, id } = ownerOf(given);
  await checkOwner(saving, owner, id, intOf(given, 'action_id'));
  return {
    ...given,
    filename,
    content_type: textOf(given, 'content_type') ?? 'application/octet-stream',
    _size: data.length,
    [owner.member]: id,
    _action_id: owner.code === 1 ? intOf(given, 'action_id') : undefined,
    _sha256: createHash('sha256').update(data).digest(),
    _added_by: saving.actor.name,
  };
}

async function created({ tx, given, after }: Saving & { readonly after: Raw }): Promise<void> {
  await sql`insert into attachment_data (attachment_id, data)
    values (${after.id}, ${dataOf(given)})`.execute(tx);
}

/** Only what is said about a file changes; other bytes are another attachment. */
async function change({ actor, given, before }: Saving & { before: Raw }): Promise<Given> {
  if (actor.kind === 'user') refuse('permission.lacking', { permission: 'edit:tickets' });
  needEdit(actor, ownerOfRow(before));
  mustStay(given, 'attachment', ['filename', 'content_type', 'showforusers']);
  if (given.data_base64 !== undefined && given.data_base64 !== null) {
    refuse('request.invalid', { reason: 'data_base64 cannot be changed: post another attachment' });
  }
  const filename = textOf(given, 'filename');
  return filename === undefined ? given : { ...given, filename: plainName(filename) };
}

function mayDelete(before: Raw, { actor }: Pick<Saving, 'actor'>): void {
  needEdit(actor, ownerOfRow(before));
}

function ownerOfRow(row: Raw): Resource {
  return owners.find(({ column }) => row[column] !== null)?.resource ?? tickets;
}

function ownerOf(given: Given): { owner: Owner; id: number } {
  const ticketId = intOf(given, 'faultid') ?? intOf(given, 'ticket_id');
  const code = ticketId === undefined ? (intOf(given, 'type') ?? 1) : 1;
  const id = ticketId ?? intOf(given, 'unique_id');
  const owner = owners.find((one) => one.code === (code === 0 ? 1 : code));
  if (owner === undefined) {
    return refuse('request.invalid', {
      reason: `type is none of ${codeSentence('AttachmentType')}`,
    });
  }
  if (id === undefined) {
    return refuse('record.incomplete', {
      kind: 'attachment',
      member: 'a ticket_id, or a type and unique_id, of the record it belongs to',
    });
  }
  return { owner, id };
}

/** Whoever adds a file to a record sees that record and may change it. */
async function checkOwner(
  { tx, actor }: Saving,
  { resource }: Owner,
  id: number,
  actionId: number | undefined,
): Promise<void> {
  const isForeign = actor.kind === 'user' && resource !== tickets;
  if (isForeign) refuse('permission.lacking', { permission: resourceEdit(resource) });
  needEdit(actor, resource);
  const { rows } = await sql`select 1 from ${sql.raw(resource.from)}
    where t.id = ${id} and ${resource.visibleTo(actor) ?? sql`true`} for share of t`.execute(tx);
  if (rows.length === 0) refuse('record.unknown', { kind: resource.kind, id });
  if (actionId === undefined || resource !== tickets) return;
  const { rows: found } = await sql`select 1 from ${sql.raw(actions.from)}
    where t.ticket_id = ${id} and t.id = ${actionId}
      and ${actions.visibleTo(actor) ?? sql`true`}`.execute(tx);
  if (found.length === 0) refuse('record.unknown', { kind: 'action of this ticket', id: actionId });
}

function needEdit(actor: Actor, resource: Resource): void {
  const permission = resourceEdit(resource);
  if (!allows(actor.permissions, permission)) refuse('permission.lacking', { permission });
}

function resourceEdit({ edit }: Resource): Permission {
  return typeof edit === 'string' ? edit : edit[0];
}

const base64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

function dataOf(given: Given): Buffer {
  const text = textOf(given, 'data_base64');
  // Browsers give a data URL; what stands before the comma is not ours to believe.
  const plain = text?.replace(/^data:[^,]{0,200},/, '');
  if (plain === undefined || !base64.test(plain)) {
    return refuse('record.incomplete', { kind: 'attachment', member: 'its data_base64' });
  }
  const data = Buffer.from(plain, 'base64');
  if (data.length > attachmentBytesMax) {
    refuse('request.too-large', { limit: `${attachmentBytesMax / 1024 / 1024} MB` });
  }
  return data;
}

/** No folders: a name is a name, whatever program made it. */
function plainName(text: string | undefined): string {
  const name = (text ?? '').split(/[\\/]/).at(-1)?.trim() ?? '';
  if (name === '' || name === '.' || name === '..') {
    return refuse('record.incomplete', { kind: 'attachment', member: 'a filename' });
  }
  if (name.length > 255) refuse('request.invalid', { reason: 'filename is longer than 255' });
  return name;
}
