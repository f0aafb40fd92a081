// The definitions of custom fields: which records have them, of which type, and how a value is put in.
import { sql } from 'kysely';
import { codeSentence, haloCodes } from '#domain/halo-codes.ts';
import { refuse } from '#domain/problem.ts';
import {
  type CustomFieldOwner,
  ownerOfUsage,
} from '#features/desk/resource/custom-field-owners.ts';
import { byFlag, byInt, byText } from '#features/desk/resource/filter.ts';
import { intOf, mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import { passwordInput, passwordOwners } from '#features/desk/resource/password-values.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import { forAgentsAlone } from '#features/desk/resource/select.ts';
import type { Given } from '#http/halo/model.ts';
import type { Tx } from '#store/db.ts';
import { customFieldDefaults, customFieldMembers } from './members.ts';

export const customFields: Resource = {
  path: 'CustomField',
  model: ['CustomField', 'CustomField'],
  kind: 'custom field',
  table: 'custom_field_definitions',
  from: 'custom_field_definitions t',
  members: customFieldMembers,
  keys: ['id'],
  named: 'name',
  dated: false,
  order: 't.owner, lower(t.name)',
  search: ['t.name', 't.label'],
  filters: {
    usage: byInt((usage) => sql`t.owner = ${ownerOfUsage(usage) ?? null}`),
    type: byInt((type) => sql`t.type = ${type}`),
    inputtype: byInt((type) => sql`t.input_type = ${type}`),
    name: byText((name) => sql`lower(t.name) = lower(${name})`),
    isencrypted: byFlag((yes) => sql`t.encrypted = ${yes}`),
  },
  visibleTo: (actor) =>
    actor.kind === 'user' ? sql`not ${sql.raw(forAgentsAlone('t'))}` : undefined,
  read: 'signed-in',
  edit: 'admin',
  shared: true,
  rules: { create, change, mayDelete },
};

async function create({ given }: Saving): Promise<Given> {
  const name =
    textOf(given, 'name') ??
    refuse('record.incomplete', { kind: 'custom field', member: 'a name' });
  const owner =
    ownerOfUsage(given.usage) ??
    refuse('record.incomplete', {
      kind: 'custom field',
      member: `a usage, the table it is for: ${codeSentence('TableEnum')}`,
    });
  checkCodes(given);
  const filled = { ...customFieldDefaults, ...withoutNulls(given), ...sealedIf(given, owner) };
  return {
    ...filled,
    name,
    label: textOf(given, 'label') === undefined ? name : given.label,
    _owner: owner,
  };
}

async function change({ tx, given, before }: Saving & { readonly before: Raw }): Promise<Given> {
  mustStay(given, 'custom field', ['name', 'label', 'inputtype', 'isencrypted']);
  mustStay(given, 'custom field', Object.keys(customFieldDefaults));
  checkCodes(given);
  const owner = given.usage === undefined ? before.owner : ownerOfUsage(given.usage);
  if (owner !== before.owner) {
    refuse('request.invalid', { reason: 'usage cannot be changed: make another field instead' });
  }
  const input = intOf(given, 'inputtype') ?? before.input_type;
  const turns = (input === passwordInput) !== (before.input_type === passwordInput);
  if (turns && (await hasValues(before, tx))) {
    refuse('request.invalid', {
      reason: 'a field with values neither becomes nor stops being a password: make another field',
    });
  }
  const type = given.type ?? before.type;
  return { ...given, ...sealedIf({ type, inputtype: input }, before.owner) };
}

/** A password is one line of text, always encrypted, never searched. */
function sealedIf(given: Given, owner: unknown): Given {
  if (intOf(given, 'inputtype') !== passwordInput) return {};
  const type = intOf(given, 'type') ?? 0;
  if (!passwordOwners.some((one) => one === owner) || type !== 0) refuse('password-field.owner');
  return { isencrypted: true, searchable: false };
}

function checkCodes(given: Given): void {
  for (const [member, list] of [
    ['type', 'CustomFieldType'],
    ['inputtype', 'CustomFieldInputType'],
  ] as const) {
    const code = intOf(given, member);
    const known: readonly number[] = haloCodes[list].codes.map((row) => row.code);
    if (code !== undefined && !known.includes(code)) {
      refuse('request.invalid', { reason: `${member} is none of ${codeSentence(list)}` });
    }
  }
}

const tables: Readonly<Record<CustomFieldOwner, string>> = {
  ticket: 'tickets',
  client: 'desk_clients',
  site: 'desk_sites',
  user: 'desk_users',
  asset: 'assets',
  action: 'ticket_actions',
  agent: 'desk_agents',
};

/** A field that holds values is not deleted with them unseen. */
async function mayDelete(before: Raw, { tx }: Pick<Saving, 'tx'>): Promise<void> {
  if (await hasValues(before, tx)) {
    refuse('record.in-use', {
      kind: 'custom field',
      by: `${before.owner}s that have a value in it`,
    });
  }
}

async function hasValues({ id, owner }: Raw, tx: Tx): Promise<boolean> {
  const table = Object.entries(tables).find(([name]) => name === owner)?.[1];
  if (table === undefined) return false;
  const { rows } = await sql<{ readonly used: boolean }>`
    select exists (select 1 from ${sql.table(table)}
      where custom_fields ? ${String(id)}) as used`.execute(tx);
  return rows[0]?.used === true;
}
