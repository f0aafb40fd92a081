// What every change of one's own second factors shares: who asks, their password, their codes, and being told.
import type { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import type { Asked } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { provePassword } from './credentials.ts';
import { placeOf, type SignInPorts } from './forms.ts';
import { factorsOf } from './passkey-queries.ts';
import { about, findPerson } from './people.ts';
import { findCredential } from './queries.ts';
import { forgetRecoveryCodes, makeRecoveryCodes } from './recovery-codes.ts';
import { readSignInSettings } from './settings.ts';
import type { RecoveryCodesWire } from './wire.ts';

export type Owner = { readonly person: Person; readonly sessionId: string };

/** People alone, in a browser of theirs: a program that holds their token changes nothing here. */
export async function ownerOf(ports: SignInPorts, actor: Actor): Promise<Owner> {
  refuseImpersonated(actor);
  const { kind, id, sessionId } = actor;
  if (sessionId === undefined || (kind !== 'agent' && kind !== 'user')) {
    return refuse('second-factor.session-needed');
  }
  const person = await findPerson(ports, { kind, id: Number(id) });
  return person === undefined ? refuse('sign-in.needed') : { person, sessionId };
}

/** Somebody else at an open session adds no factor, and removes none. */
export async function provenOwner(
  ports: SignInPorts,
  { actor, body, headers, ip }: Asked<unknown, unknown, { readonly password: string }>,
): Promise<Owner> {
  const owner = await ownerOf(ports, actor);
  const { person } = owner;
  if ((await findCredential(ports.db, person)) === undefined) refuse('second-factor.no-password');
  const given = { password: new Secret(body.password), ...placeOf(ports, headers, ip) };
  await provePassword(ports, person, given, ports.clock());
  return owner;
}

/** With the first factor come recovery codes, so that a lost phone keeps nobody out. */
export function firstCodes(
  ports: SignInPorts,
  person: Person,
  also: (tx: Tx) => Promise<void>,
): Promise<z.input<typeof RecoveryCodesWire>> {
  return inTransaction(ports.db, async (tx) => {
    await also(tx);
    const { recoveryCodes: left } = await factorsOf(tx, person);
    const codes = left > 0 ? [] : await makeRecoveryCodes(tx, person, ports.clock());
    return { recoveryCodes: codes.map((code) => code.reveal()) };
  });
}

/** Codes stand in for a factor: without one they are good for nothing. */
export async function afterRemoval(ports: SignInPorts, tx: Tx, person: Person, sentence: string) {
  const { app, passkeys } = await factorsOf(tx, person);
  if (!app && passkeys === 0) await forgetRecoveryCodes(tx, person);
  await tell(ports, tx, person, sentence);
}

export async function isNeeded({ db }: SignInPorts, person: Person): Promise<boolean> {
  return person.kind === 'agent' && (await readSignInSettings(db)).agentsNeedSecondFactor;
}

/** In the transaction that removes one, which is undone then. */
export async function refuseLast(ports: SignInPorts, tx: Tx, person: Person): Promise<void> {
  if (!(await isNeeded(ports, person))) return;
  const left = await factorsOf(tx, person);
  if (!left.app && left.passkeys === 0) refuse('second-factor.needed');
}

export async function note(
  tx: Tx,
  actor: Actor,
  person: Person,
  action: string,
  after?: string,
): Promise<void> {
  const named = after === undefined ? {} : { after };
  await audit(tx, [{ actor, action, subject: about(person), outcome: 'done', ...named }]);
}

export function tell(ports: SignInPorts, tx: Tx, person: Person, sentence: string): Promise<void> {
  return ports.tell(tx, { person, subject: 'Your sign-in was changed', sentence });
}
