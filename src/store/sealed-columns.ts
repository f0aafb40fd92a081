// Every sealed column of the database: what a change of the master key has to go through.
import type pg from 'pg';
import type { Place } from './sealing.ts';

export type SealedColumn = {
  readonly table: string;
  readonly column: string;
  /** The primary key, in the order in which its parts make the row of the place: `one/two`. */
  readonly keys: readonly string[];
};

/** A column named `sealed` or `sealed_…` that is missing here fails the specification of this list. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'audit_keys', column: 'sealed_private_key', keys: ['id'] },
  { table: 'connections', column: 'secret', keys: ['id'] },
  { table: 'intents', column: 'sealed_password', keys: ['run_id', 'change_id'] },
  { table: 'key_vaults', column: 'sealed_certificate', keys: ['id'] },
  { table: 'key_vaults', column: 'sealed_client_secret', keys: ['id'] },
  { table: 'password_handovers', column: 'sealed', keys: ['run_id', 'change_id'] },
  { table: 'password_values', column: 'sealed_value', keys: ['definition_id', 'object_id'] },
  { table: 'reset_enrolments', column: 'sealed_code', keys: ['id'] },
  { table: 'reset_enrolments', column: 'sealed_link', keys: ['id'] },
  { table: 'reset_peppers', column: 'sealed_pepper', keys: ['id'] },
  { table: 'reset_requests', column: 'sealed_code', keys: ['id'] },
  { table: 'secret_link_parts', column: 'sealed_content', keys: ['id'] },
  { table: 'secret_links', column: 'sealed_content', keys: ['token'] },
  { table: 'signing_keys', column: 'sealed_private_key', keys: ['id'] },
  { table: 'sso_applications', column: 'sealed_client_secret', keys: ['id'] },
  { table: 'sso_applications', column: 'sealed_private_key', keys: ['id'] },
  { table: 'sso_sessions', column: 'sealed_hint', keys: ['session_hash'] },
  { table: 'sso_transactions', column: 'sealed_verifier', keys: ['state_hash'] },
  { table: 'totp_factors', column: 'sealed_secret', keys: ['id'] },
];

/** What a value of that column is bound to: whoever seals and unseals it uses the same place. */
export function sealedPlace(
  { table, column }: Pick<SealedColumn, 'table' | 'column'>,
  ...key: readonly (string | number)[]
): Place {
  return { table, row: key.join('/'), column };
}

/** Has the database refuse what is sealed with a key that was retired; called after each migration. */
export async function guardSealedColumns(owner: pg.Client): Promise<void> {
  for (const { table, column } of sealedColumns) {
    const { rows } = await owner.query<{ there: boolean }>(
      `select to_regproc('refuse_retired_key') is not null and exists (select from pg_attribute
        where attrelid = to_regclass($1) and attname = $2 and not attisdropped) as there`,
      [table, column],
    );
    if (rows[0]?.there !== true) continue;
    const trigger = owner.escapeIdentifier(`refuse_retired_key_${column}`);
    await owner.query(`create or replace trigger ${trigger}
      before insert or update of ${owner.escapeIdentifier(column)} on ${owner.escapeIdentifier(table)}
      for each row execute function refuse_retired_key(${owner.escapeLiteral(column)})`);
  }
}
