// Attempts: what became of every sign-on, kept for whoever has to find out why it failed.
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
  const { id } = await db
    .insertInto('sso_attempts')
    .values({
      application_id: attempt.applicationId,
      at: now,
      address: attempt.address,
      purpose: attempt.purpose,
      status: attempt.status,
      issuer: fitting(identity?.issuer),
      subject: fitting(identity?.subject),
      owner_kind: owner?.kind ?? null,
      owner_id: owner?.id ?? null,
      user_info: fitting(identity && saidToBe(identity)),
      failed_check: attempt.failedCheck ?? null,
      result: plainText(attempt.result, 2_000),
      steps: json(attempt.steps),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
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
