// What an application keeps secret, as it is used: the client secret, and the private key of its certificate.
import { sql } from 'kysely';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import type { SsoApplication } from './model.ts';

type Ports = { readonly db: Db | Tx; readonly sealing: Sealing };
type Whose = Pick<SsoApplication, 'id' | 'version'>;

/** Undefined where there is none, and where the application was changed since: none goes to an old address. */
export function clientSecretOf(ports: Ports, whose: Whose): Promise<Secret | undefined> {
  return unsealed(ports, whose, 'sealed_client_secret');
}

/** PEM (PKCS #8), as clientSecretOf. */
export function privateKeyOf(ports: Ports, whose: Whose): Promise<Secret | undefined> {
  return unsealed(ports, whose, 'sealed_private_key');
}

/** With every sign-on: kept, each under a name of its own. */
const asked = {
  sealed_client_secret: '/* kept: sso-client-secret */ select sealed_client_secret as sealed',
  sealed_private_key: '/* kept: sso-private-key */ select sealed_private_key as sealed',
} as const;

async function unsealed(
  { db, sealing }: Ports,
  { id, version }: Whose,
  column: 'sealed_client_secret' | 'sealed_private_key',
): Promise<Secret | undefined> {
  const { rows } = await sql<{ sealed: Buffer | null }>`${sql.raw(asked[column])}
    from sso_applications where id = ${id} and version = ${version}`.execute(db);
  const [row] = rows;
  if (row === undefined || row.sealed === null) return undefined;
  return sealing.unseal(secretPlace(column, id), row.sealed);
}

export function secretPlace(column: 'sealed_client_secret' | 'sealed_private_key', id: number) {
  return sealedPlace({ table: 'sso_applications', column }, id);
}
