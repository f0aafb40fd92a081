// What features ask of sign-in about a second factor: an app that shows codes by time.
import type { Actor } from '#domain/actor.ts';
import type { Secret } from '#lib/secret.ts';

export type FactorOwner = {
  readonly kind: 'agent' | 'user';
  readonly id: number;
  /** For the audit. */
  readonly name?: string;
};

/** What an app is set up with: as a link for a QR code, and as letters to type. */
export type NewFactor = { readonly link: Secret; readonly letters: Secret };

export type SecondFactor = {
  /** Whether there is one that its owner has proven. */
  has(owner: FactorOwner): Promise<boolean>;
  /** Makes a secret that waits for its first code; asked again while it waits, the same one. */
  begin(owner: FactorOwner, label: string): Promise<NewFactor>;
  /** A secret that waits is shown to nobody any more. */
  forgetWaiting(owner: FactorOwner): Promise<void>;
  /** The first code makes the waiting secret the living one, audited. False: it does not fit. */
  confirm(owner: FactorOwner, code: string, by: Actor): Promise<boolean>;
  /** Takes a code, once. Works as long without an owner or a factor as with them. */
  take(owner: FactorOwner | undefined, code: string): Promise<boolean>;
  /** Audited. False: there was none. */
  remove(owner: FactorOwner, by: Actor): Promise<boolean>;
};
