// What self-service needs of the hub, composed in src/*.ts.
import type { Mailer } from '#domain/ports/messenger.ts';
import type { PasswordResets, ResetPolicy } from '#domain/ports/password-reset.ts';
import type { SecondFactor } from '#domain/ports/second-factor.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { AnswerHashing } from './hashing.ts';
import type { ResetKeys } from './keys.ts';

export type SelfServicePorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  /** Where people reach the hub: for the links in mails, and whether cookies need HTTPS. */
  readonly publicUrl: URL;
  readonly keys: ResetKeys;
  readonly hashing: AnswerHashing;
  readonly factors: SecondFactor;
  readonly resets: PasswordResets;
  readonly openMailer: (connectionId: string) => Promise<Mailer>;
  /** Ends whatever the user has open in the hub. */
  readonly endSignInsOf: (tx: Tx, userId: number) => Promise<void>;
  /** Shorter in tests. */
  readonly steps?: { readonly askMs: number; readonly proveMs: number };
};

export const resetPolicy: ResetPolicy = {
  name: 'Self-service reset',
  version: 1,
  perDayMax: 200,
};
