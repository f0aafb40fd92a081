// Attempts: what became of every sign-on, kept for whoever has to find out why it failed.
import { sql } from 'kysely';
import type { PersonId } from '#domain/ports/people.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import { redact } from '#domain/sso/redact.ts';
import { plainText, type Step } from '#domain/sso/trace.ts';
import { type Db, json, type Tx } from '#store/db.ts';
import type { AttemptStatus, Purpose } from './model.ts';

export type NewAttempt = {
  readonly applicationId: number;
  readonly address: string;
  readonly purpose: Purpose;
  readonly status: AttemptStatus;
  /** Undefined where none was proven. */
  readonly identity: ProvenIdentity | undefined;
  readonly owner?: PersonId | undefined;
  readonly failedCheck?: string;
  /** What became of it, in a sentence. */
  readonly result: string;
  readonly steps: readonly Step[];
};

/** Gives back its number. */
export async function recordAttempt(db: Db | Tx, attempt: NewAttempt, now: Date): Promise<number> {
  const { identity, owner } = attempt;
  const { rows } = await sql<{ id: number }>`/* kept: insert-sso-attempt */
    insert into sso_attempts (application_id, at, address, purpose, status, issuer, subject,
      owner_kind, owner_id, user_info, failed_check, result, steps)
    values (${attempt.applicationId}, ${now}, ${attempt.address}, ${attempt.purpose},
      ${attempt.status}, ${fitting(identity?.issuer)}, ${fitting(identity?.subject)},
      ${owner?.kind ?? null}, ${owner?.id ?? null}, ${fitting(identity && saidToBe(identity))},
      ${attempt.failedCheck ?? null}, ${plainText(attempt.result, 2_000)}, ${json(attempt.steps)})
    returning id`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new TypeError('an attempt was not kept');
  return row.id;
}

function fitting(text: string | undefined): string | null {
  return text === undefined ? null : plainText(text, 1_024);
}

/** Enough to recognise somebody who asks why they cannot sign on. */
const telling = ['name', 'email', 'preferred_username', 'upn', 'mail', 'displayname'];

function saidToBe({ claims, subject }: ProvenIdentity): string {
  const said = Object.entries(claims).filter(([name]) =>
    telling.includes(name.toLowerCase().replace(/^.*\//, '')),
  );
  const words = said.map(([name, values]) => `${name} ${redact(values[0] ?? '')}`);
  return [`subject ${redact(subject)}`, ...words].join(', ').slice(0, 500);
}
