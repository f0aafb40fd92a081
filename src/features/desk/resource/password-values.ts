// Password fields: what was posted as their value, and the sealed values themselves, kept beside the records.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { Secret } from '#lib/secret.ts';
import type { Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import type { CustomFieldOwner } from './custom-field-owners.ts';

/** CustomFieldInputType 6 (docs/halo-codes.md). */
export const passwordInput = 6;

/** The records that may have password fields; each has a number in PasswordObjectType. */
export const passwordOwners: readonly CustomFieldOwner[] = [
  'ticket',
  'client',
  'site',
  'asset',
  'user',
];

/** What is shown in the place of every value, long or short. */
export const mask = '••••••••';

const lengthMax = 4_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** A new value, none any more, or the one there is. */
export type Wanted = Secret | 'none' | 'same';

type Posted = {
  readonly value?: unknown;
  readonly value_is_password_id?: boolean | null | undefined;
};

/**
 * Clients read a record and send it back as it came: then the value is the id they were given, or the mask,
 * and nothing is changed. No message quotes what was posted.
 */
export function wantedPassword(posted: Posted, name: string, id: unknown): Wanted {
  const { value } = posted;
  if (value === undefined || value === mask) return 'same';
  if (value === null || value === '') return 'none';
  if (posted.value_is_password_id === true || typeof value === 'number') {
    if (id !== undefined && String(value) === String(id)) return 'same';
    return refuse('password-field.not-its-id', { field: name });
  }
  if (typeof value !== 'string') return misfit(name, 'it is not a text');
  if (value.length > lengthMax) return misfit(name, `it is longer than ${lengthMax} characters`);
  if (control.test(value)) return misfit(name, 'it holds control characters');
  return new Secret(value);
}

function misfit(field: string, reason: string): never {
  return refuse('password-field.misfit', { field, reason });
}

export type PasswordChange = {
  readonly definitionId: number;
  /** Nothing: the value is destroyed. */
  readonly put?: { readonly id: number; readonly secret: Secret };
};

export async function nextPasswordId(tx: Tx): Promise<number> {
  const { rows } = await sql<{ readonly id: number }>`
    select nextval(pg_get_serial_sequence('password_values', 'id'))::integer as id`.execute(tx);
  return rows[0]?.id ?? refuse('record.unknown', { kind: 'password', id: 'new' });
}

/** Part of the transaction that writes the record. */
export async function storePasswords(
  tx: Tx,
  keeping: {
    readonly sealing: Sealing | undefined;
    readonly by: string;
    readonly now: Date;
    readonly objectId: number;
  },
  changes: readonly PasswordChange[],
): Promise<void> {
  const { sealing, by, now, objectId } = keeping;
  for (const { definitionId, put } of changes) {
    await tx
      .deleteFrom('password_values')
      .where('definition_id', '=', definitionId)
      .where('object_id', '=', objectId)
      .execute();
    if (put === undefined) continue;
    if (sealing === undefined) return refuse('password-field.not-here');
    await tx
      .insertInto('password_values')
      .values({
        definition_id: definitionId,
        object_id: objectId,
        id: put.id,
        sealed_value: sealing.seal(passwordPlace(definitionId, objectId), put.secret),
        changed_at: now,
        changed_by: by,
      })
      .execute();
  }
}

/** Bound to field and record: moved to another of either, a value does not open. */
export function passwordPlace(definitionId: number, objectId: number) {
  return sealedPlace({ table: 'password_values', column: 'sealed_value' }, definitionId, objectId);
}
