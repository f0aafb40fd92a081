// Passkeys (WebAuthn): set up by whoever proves their password, proven without one or as a second factor.
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { callingFrom, nobody } from '#domain/actor.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import type { Clock } from '#lib/clock.ts';
import { errorCode } from '#lib/errors.ts';
import { newId } from '#lib/ids.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import {
  findPasskey,
  handleOf,
  keepChallenge,
  listPasskeys,
  noteUse,
  type Passkey,
  type Purpose,
  takeChallenge,
} from './passkey-queries.ts';
import type { Assertion, Attestation } from './passkey-wire.ts';
import { about } from './people.ts';

export type PasskeyPorts = { readonly db: Db; readonly clock: Clock; readonly publicUrl: URL };

export const passkeyLimits = { passkeysMax: 20, challengeMs: 5 * 60_000 } as const;

/** EdDSA, ES256, RS256 (RFC 9053 §2): what every authenticator has one of. */
const algorithms = [-8, -7, -257] as const;

/** Browsers know passkeys by a host name alone, in a context they trust (WebAuthn §5.1.2, §13.4.9). */
export function passkeysWork({ protocol, hostname }: URL): boolean {
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  return isName && (protocol === 'https:' || isLocal);
}

/** What the browser asks an authenticator to make. `holder`: the session it is for. */
export async function passkeyToMake(ports: PasskeyPorts, person: Person, holder: string) {
  const { db, publicUrl } = ports;
  if (!passkeysWork(publicUrl)) refuse('passkey.impossible', { address: publicUrl.origin });
  const known = await listPasskeys(db, person);
  const max = passkeyLimits.passkeysMax;
  if (known.length >= max) refuse('passkey.too-many', { max });
  const options = await generateRegistrationOptions({
    rpName: 'Sundog',
    rpID: publicUrl.hostname,
    userID: new Uint8Array(await handleOf(db, person)),
    userName: person.email,
    userDisplayName: person.name,
    timeout: passkeyLimits.challengeMs,
    attestationType: 'none',
    excludeCredentials: known.map(descriptorOf),
    supportedAlgorithmIDs: [...algorithms],
    // Kept in the authenticator and opened by its owner's PIN or finger: good without a password too.
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keep(ports, { challenge: options.challenge, purpose: 'enrol', holder });
  return options;
}

/** Verified and kept, in the caller's transaction. */
export async function addPasskey(
  { db, clock, publicUrl }: PasskeyPorts,
  owner: PersonId,
  given: { readonly name: string; readonly credential: Attestation; readonly holder: string },
): Promise<(tx: Tx) => Promise<void>> {
  const { name, credential: response, holder } = given;
  const now = clock();
  const made = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) =>
      takeChallenge(db, { challenge, purpose: 'enrol', holder }, now),
    expectedOrigin: publicUrl.origin,
    expectedRPID: publicUrl.hostname,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...algorithms],
  }).catch((error: unknown) => refuse('passkey.unfit', {}, error));
  if (!made.verified) return refuse('passkey.unfit');
  const { credential, credentialBackedUp: backed_up } = made.registrationInfo;
  return async (tx) => {
    try {
      await tx
        .insertInto('passkeys')
        .values({
          id: newId(now),
          owner_kind: owner.kind,
          owner_id: owner.id,
          name,
          credential_id: Buffer.from(credential.id, 'base64url'),
          public_key: Buffer.from(credential.publicKey),
          counter: credential.counter,
          transports: response.response.transports ?? [],
          backed_up,
          made_at: now,
        })
        .execute();
    } catch (error) {
      if (errorCode(error) === '23505') refuse('passkey.taken', {}, error);
      throw error;
    }
  };
}

/** What the browser asks for: any passkey of this hub, or one of a person whose password fitted. */
export async function passkeyToProve(
  ports: PasskeyPorts,
  given: { readonly purpose: Purpose; readonly holder: string; readonly owner?: PersonId },
) {
  const { db, publicUrl } = ports;
  if (!passkeysWork(publicUrl)) refuse('passkey.impossible', { address: publicUrl.origin });
  const { owner } = given;
  const allowCredentials =
    owner === undefined ? [] : (await listPasskeys(db, owner)).map(descriptorOf);
  const options = await generateAuthenticationOptions({
    rpID: publicUrl.hostname,
    timeout: passkeyLimits.challengeMs,
    userVerification: 'required',
    allowCredentials,
  });
  await keep(ports, { ...given, challenge: options.challenge });
  return options;
}

type Proof = {
  readonly response: Assertion;
  readonly purpose: Purpose;
  readonly holder: string;
  /** Whose it must be. */
  readonly owner?: PersonId;
  readonly ip: string;
};

/** Whose passkey it is. Refuses whatever does not fit, and writes down whose was tried. */
export async function provenByPasskey(
  ports: PasskeyPorts,
  { response, purpose, holder, owner, ip }: Proof,
): Promise<PersonId> {
  const { db, clock, publicUrl } = ports;
  const now = clock();
  const passkey = await findPasskey(db, Buffer.from(response.id, 'base64url'));
  if (passkey === undefined) return refuse('passkey.refused');
  const proven = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (challenge) => takeChallenge(db, { challenge, purpose, holder }, now),
    expectedOrigin: publicUrl.origin,
    expectedRPID: publicUrl.hostname,
    requireUserVerification: true,
    // The counter is judged by the database, where two processes cannot both find it grown.
    credential: {
      id: response.id,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: 0,
      transports: [...passkey.transports],
    },
  }).catch(async (error: unknown) => {
    await auditRefusal(db, passkey, ip, 'its proof does not fit');
    return refuse('passkey.refused', {}, error);
  });
  const { newCounter, credentialBackedUp: backedUp } = proven.authenticationInfo;
  if (!proven.verified || !isOfOwner(passkey, response, owner)) {
    await auditRefusal(db, passkey, ip, 'its proof does not fit');
    refuse('passkey.refused');
  }
  const grew = await inTransaction(db, (tx) =>
    noteUse(tx, passkey.id, { counter: newCounter, backedUp }, now),
  );
  if (!grew) {
    await auditRefusal(db, passkey, ip, 'its counter did not grow: there may be a copy of it');
    refuse('passkey.refused');
  }
  return passkey.owner;
}

/** Without a password the authenticator says whose it is (WebAuthn §7.2, step 6). */
function isOfOwner(
  { owner, handle }: Passkey & { readonly handle: Buffer },
  { response: { userHandle } }: Assertion,
  wanted: PersonId | undefined,
): boolean {
  if (wanted !== undefined) return owner.kind === wanted.kind && owner.id === wanted.id;
  return userHandle !== undefined && handle.equals(Buffer.from(userHandle, 'base64url'));
}

async function auditRefusal(db: Db, { owner, name }: Passkey, ip: string, because: string) {
  const id = owner.kind === 'agent' ? { agentId: owner.id } : { userId: owner.id };
  await audit(db, [
    {
      actor: callingFrom(nobody, ip),
      action: 'passkey.refused',
      subject: about({ ...owner, name }),
      outcome: 'refused',
      because,
      ...id,
    },
  ]);
}

function keep(
  { db, clock }: PasskeyPorts,
  given: { readonly challenge: string; readonly purpose: Purpose; readonly holder: string },
) {
  const expiresAt = new Date(clock().getTime() + passkeyLimits.challengeMs);
  return keepChallenge(db, { ...given, expiresAt });
}

function descriptorOf({ credentialId, transports }: Passkey) {
  return { id: credentialId.toString('base64url'), transports: [...transports] };
}
