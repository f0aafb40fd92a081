// A provider's metadata in the database: what was read last, and what became of the last try.
import { z } from 'zod';
import type { SamlProvider } from '#domain/ports/saml.ts';
import { type Db, json, type Tx } from '#store/db.ts';

const Endpoint = z.object({
  binding: z.enum(['redirect', 'post']),
  location: z.string(),
  responseLocation: z.string().exactOptional(),
});
const Certificate = z.object({
  pem: z.string(),
  subject: z.string(),
  fingerprint: z.string(),
  notBefore: z.coerce.date(),
  notAfter: z.coerce.date(),
});
const Stored = z.object({
  entityId: z.string(),
  validUntil: z.coerce.date().optional(),
  cacheSeconds: z.number().optional(),
  wantsRequestsSigned: z.boolean(),
  signing: z.tuple([Certificate], Certificate),
  signOn: z.tuple([Endpoint], Endpoint),
  logout: z.array(Endpoint),
  nameIdFormats: z.array(z.string()),
});

export type Metadata = {
  /** Undefined where every try failed so far. */
  readonly provider: SamlProvider | undefined;
  readonly readAt: Date | undefined;
  readonly triedAt: Date | undefined;
  /** Why the last try failed, where it did. */
  readonly failure: string | undefined;
  readonly failedAt: Date | undefined;
  readonly warnedDays: number | undefined;
};

export async function findMetadata(
  db: Db | Tx,
  applicationId: number,
): Promise<Metadata | undefined> {
  const row = await db
    .selectFrom('sso_metadata')
    .select(['provider', 'fetched_at', 'tried_at', 'failure', 'failed_at', 'warned_days'])
    .where('application_id', '=', applicationId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    provider: row.provider === null ? undefined : providerFrom(row.provider),
    readAt: row.fetched_at ?? undefined,
    triedAt: row.tried_at ?? undefined,
    failure: row.failure ?? undefined,
    failedAt: row.failed_at ?? undefined,
    warnedDays: row.warned_days ?? undefined,
  };
}

function providerFrom(stored: unknown): SamlProvider {
  const { validUntil, cacheSeconds, signOn, logout, ...rest } = Stored.parse(stored);
  return { ...rest, validUntil, cacheSeconds, signOn, logout };
}

/** In place of what was read before; what was warned of is told anew where the certificates are others. */
export async function keepMetadata(
  tx: Tx,
  read: {
    readonly applicationId: number;
    readonly document: string;
    readonly provider: SamlProvider;
    readonly sameCertificates: boolean;
  },
  now: Date,
): Promise<void> {
  const { applicationId, document, provider } = read;
  const columns = {
    ...{ document, fetched_at: now, tried_at: now, failed_at: null, failure: null },
    provider: json(provider),
    valid_until: provider.validUntil ?? null,
  };
  await tx
    .insertInto('sso_metadata')
    .values({ application_id: applicationId, ...columns, warned_days: null })
    .onConflict((conflict) =>
      conflict
        .column('application_id')
        .doUpdateSet({ ...columns, ...(read.sameCertificates ? {} : { warned_days: null }) }),
    )
    .execute();
}

/** What was read before stays. */
export async function keepFailure(
  tx: Tx,
  { applicationId, failure }: { readonly applicationId: number; readonly failure: string },
  now: Date,
): Promise<void> {
  const columns = { failure, failed_at: now, tried_at: now };
  await tx
    .insertInto('sso_metadata')
    .values({ application_id: applicationId, ...columns })
    .onConflict((conflict) => conflict.column('application_id').doUpdateSet(columns))
    .execute();
}

/** Whether this process may try now: of many at once one may, and then nobody for the time given. */
export async function claimTry(
  db: Db,
  applicationId: number,
  { now, restMs }: { readonly now: Date; readonly restMs: number },
): Promise<boolean> {
  const before = new Date(now.getTime() - restMs);
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('sso_metadata')
    .values({ application_id: applicationId, tried_at: now })
    .onConflict((conflict) =>
      conflict
        .column('application_id')
        .doUpdateSet({ tried_at: now })
        .where((row) =>
          row.or([
            row('sso_metadata.tried_at', 'is', null),
            row('sso_metadata.tried_at', '<=', before),
          ]),
        ),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export async function noteWarned(tx: Tx, applicationId: number, days: number): Promise<void> {
  await tx
    .updateTable('sso_metadata')
    .set({ warned_days: days })
    .where('application_id', '=', applicationId)
    .execute();
}
