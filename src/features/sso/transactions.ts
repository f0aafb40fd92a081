// A sign-on under way: begun by one browser, answered to the same one, used once, over in minutes.
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { PersonId } from '#domain/ports/people.ts';
import type { Step } from '#domain/sso/trace.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import type { Db } from '#store/db.ts';
import { sealedPlace } from '#store/sealed-columns.ts';
import type { Sealing } from '#store/sealing.ts';
import type { SsoTransactions } from '#store/tables.ts';
import { type Entity, entities, type Purpose, purposes } from './model.ts';

/** Long enough to find a phone for a second factor; what was begun longer ago begins anew. */
export const transactionMs = 10 * 60_000;

export type NewTransaction = {
  readonly applicationId: number;
  readonly applicationVersion: number;
  readonly purpose: Purpose;
  /** Who is expected: the page of agents or of users it began at; undefined takes either. */
  readonly entity: Entity | undefined;
  /** A path of this hub. */
  readonly back: string;
  readonly requestId?: string;
  readonly nonce?: string;
  /** The PKCE verifier. */
  readonly verifier?: Secret;
  /** Who tests, links or signs out, where somebody signed in begins it. */
  readonly by?: PersonId;
  readonly steps?: readonly Step[];
};

export type Transaction = Omit<NewTransaction, 'steps'> & {
  readonly steps: readonly Step[];
  readonly beganAt: Date;
};

const MaybeEntity = z.enum(entities).nullable();
const Purposes = z.enum(purposes);

type Ports = { readonly db: Db; readonly sealing: Sealing };

export type Begun = {
  /** `state` of OIDC, RelayState of SAML. */
  readonly state: Secret;
  /** The value of the cookie that binds it to the browser. */
  readonly browser: Secret;
};

/** Keeps it; `browser` is the value of the cookie that the browser has already, if it has one. */
export async function beginTransaction(
  { db, sealing }: Ports,
  given: NewTransaction,
  browser: string | undefined,
  now: Date,
): Promise<Begun> {
  const state = newToken();
  const known = browser !== undefined && /^[\w-]{43}$/.test(browser);
  const bound = known ? new Secret(browser) : newToken();
  const hash = fastHash(state.reveal());
  const { verifier, by } = given;
  const sealedVerifier = verifier === undefined ? null : sealing.seal(placeOf(hash), verifier);
  await sql`/* kept: insert-sso-transaction */
    insert into sso_transactions (state_hash, browser_hash, application_id, application_version,
      purpose, entity, back, request_id, nonce, sealed_verifier, by_kind, by_id, steps, began_at,
      expires_at)
    values (${hash}, ${fastHash(bound.reveal())}, ${given.applicationId},
      ${given.applicationVersion}, ${given.purpose}, ${given.entity ?? null}, ${given.back},
      ${given.requestId ?? null}, ${given.nonce ?? null}, ${sealedVerifier}, ${by?.kind ?? null},
      ${by?.id ?? null}, ${JSON.stringify(given.steps ?? [])}, ${now},
      ${new Date(now.getTime() + transactionMs)})`.execute(db);
  return { state, browser: bound };
}

/**
 * Takes the transaction of this state and application out of the table, whoever asks: a state shown by
 * another browser is used up too. `mine` says whether the browser is the one that began it.
 */
export async function takeTransaction(
  { db, sealing }: Ports,
  asked: {
    readonly applicationId: number;
    readonly state: string;
    readonly browser: string | undefined;
  },
  now: Date,
): Promise<{ readonly mine: boolean; readonly transaction: Transaction } | undefined> {
  const hash = fastHash(asked.state);
  const { rows } = await sql<Selectable<SsoTransactions>>`/* kept: take-sso-transaction */
    delete from sso_transactions
    where state_hash = ${hash} and application_id = ${asked.applicationId} and expires_at > ${now}
    returning state_hash, browser_hash, application_id, application_version, purpose, entity, back,
      request_id, nonce, sealed_verifier, by_kind, by_id, steps, began_at, expires_at`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { browser } = asked;
  const by = MaybeEntity.parse(row.by_kind);
  const verifier =
    row.sealed_verifier === null
      ? {}
      : { verifier: sealing.unseal(placeOf(hash), row.sealed_verifier) };
  const transaction: Transaction = {
    applicationId: row.application_id,
    applicationVersion: row.application_version,
    purpose: Purposes.parse(row.purpose),
    entity: MaybeEntity.parse(row.entity) ?? undefined,
    back: row.back,
    ...(row.request_id === null ? {} : { requestId: row.request_id }),
    ...(row.nonce === null ? {} : { nonce: row.nonce }),
    ...verifier,
    ...(by === null || row.by_id === null ? {} : { by: { kind: by, id: row.by_id } }),
    steps: Steps.parse(row.steps),
    beganAt: row.began_at,
  };
  const mine = browser !== undefined && fastHash(browser).equals(row.browser_hash);
  return { mine, transaction };
}

/** Forgets those nobody finished, a bounded number at a time; true while there is more. */
export async function forgetTransactions(db: Db, now: Date, rowsMax: number): Promise<boolean> {
  const over = db
    .selectFrom('sso_transactions')
    .select('state_hash')
    .where('expires_at', '<', now)
    .limit(rowsMax);
  const gone = await db
    .deleteFrom('sso_transactions')
    .where('state_hash', 'in', over)
    .executeTakeFirst();
  return Number(gone.numDeletedRows) === rowsMax;
}

export const Steps = z.array(
  z.object({
    check: z.string(),
    verdict: z.enum(['passed', 'failed']),
    because: z.string().exactOptional(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
  }),
);

function placeOf(hash: Buffer) {
  // As PostgreSQL writes the key, which is how a change of the master key finds the place.
  const key = `\\x${hash.toString('hex')}`;
  return sealedPlace({ table: 'sso_transactions', column: 'sealed_verifier' }, key);
}
