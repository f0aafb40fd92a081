// One's own second factors in /v1: whoever changes them proves their password, and is told by mail.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { type Asked, type Route, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { provePassword } from './credentials.ts';
import { secondFactors } from './factors.ts';
import { placeOf, type SignInPorts } from './forms.ts';
import { factorsOf, listPasskeys } from './passkey-queries.ts';
import { Attestation } from './passkey-wire.ts';
import { addPasskey, passkeysWork, passkeyToMake } from './passkeys.ts';
import { about, findPerson } from './people.ts';
import { findCredential } from './queries.ts';
import { forgetRecoveryCodes, makeRecoveryCodes } from './recovery-codes.ts';
import { readSignInSettings } from './settings.ts';
import {
  NewAppWire,
  PasskeyName,
  PasswordProof,
  RecoveryCodesWire,
  SecondFactorsWire,
} from './wire.ts';

const Id = z.object({ id: z.uuid() });
const path = '/v1/second-factors';
const common = { dialect: 'v1', access: 'signed-in' } as const;

export function factorRoutes(ports: SignInPorts): Route[] {
  return [...readingRoutes(ports), ...appRoutes(ports), ...passkeyRoutes(ports)];
}

type Owner = { readonly person: Person; readonly sessionId: string };

/** People alone, in a browser of theirs: a program that holds their token changes nothing here. */
async function ownerOf(ports: SignInPorts, actor: Actor): Promise<Owner> {
  refuseImpersonated(actor);
  const { kind, id, sessionId } = actor;
  if (sessionId === undefined || (kind !== 'agent' && kind !== 'user')) {
    return refuse('second-factor.session-needed');
  }
  const person = await findPerson(ports, { kind, id: Number(id) });
  return person === undefined ? refuse('sign-in.needed') : { person, sessionId };
}

/** Somebody else at an open session adds no factor, and removes none. */
async function provenOwner(
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

function readingRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path,
      summary: 'The second factors of the one who asks',
      answers: { 200: SecondFactorsWire },
      handle: async ({ actor }) => {
        const { person } = await ownerOf(ports, actor);
        const { app, recoveryCodes } = await factorsOf(ports.db, person);
        const passkeys = await listPasskeys(ports.db, person);
        const body = {
          app,
          passkeys: passkeys.map((one) => ({
            id: one.id,
            name: one.name,
            synced: one.backedUp,
            addedAt: one.madeAt,
            lastUsedAt: one.lastUsedAt,
          })),
          recoveryCodesLeft: recoveryCodes,
          passkeysWork: passkeysWork(ports.publicUrl),
          hasPassword: (await findCredential(ports.db, person)) !== undefined,
          needed: await isNeeded(ports, person),
        };
        return { status: 200, body };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/recovery-codes`,
      summary: 'Makes ten new recovery codes, shown this once; those before are good no more',
      body: PasswordProof,
      answers: { 201: RecoveryCodesWire },
      handle: async (asked) => {
        const { person } = await provenOwner(ports, asked);
        const codes = await inTransaction(ports.db, async (tx) => {
          const { app, passkeys } = await factorsOf(tx, person);
          if (!app && passkeys === 0) refuse('second-factor.none');
          await note(tx, asked.actor, person, 'recovery-codes.made');
          return makeRecoveryCodes(tx, person, ports.clock());
        });
        return { status: 201, body: { recoveryCodes: codes.map((code) => code.reveal()) } };
      },
    }),
  ];
}

function appRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      ...common,
      method: 'POST',
      path: `${path}/app`,
      summary: 'What an app that shows codes is set up with',
      body: PasswordProof,
      answers: { 200: NewAppWire },
      handle: async (asked) => {
        const { person } = await provenOwner(ports, asked);
        const { link, letters } = await secondFactors(ports).begin(person, person.email);
        return { status: 200, body: { link: link.reveal(), letters: letters.reveal() } };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/app/confirm`,
      summary: 'Takes the first code of the app, which from then on is asked for at sign-in',
      body: z.strictObject({ code: z.string().min(1).max(20) }),
      answers: { 200: RecoveryCodesWire },
      handle: async ({ actor, body: { code } }) => {
        const { person } = await ownerOf(ports, actor);
        const codes = await firstCodes(ports, person, async (tx) => {
          const app = secondFactors({ ...ports, db: tx });
          if (!(await app.confirm(person, code, actor))) refuse('second-factor.wrong-code');
          await tell(
            ports,
            tx,
            person,
            'An app that shows codes was set up for signing in as you.',
          );
        });
        return { status: 200, body: codes };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/app/remove`,
      summary: 'Removes the app that shows codes',
      body: PasswordProof,
      answers: { 204: 'empty' },
      handle: async (asked) => {
        const { person } = await provenOwner(ports, asked);
        await inTransaction(ports.db, async (tx) => {
          const gone = await secondFactors({ ...ports, db: tx }).remove(person, asked.actor);
          if (!gone) refuse('record.unknown', { kind: 'app of yours', id: 'app' });
          await refuseLast(ports, tx, person);
          await afterRemoval(ports, tx, person, 'The app that shows codes was removed.');
        });
        return { status: 204 };
      },
    }),
  ];
}

function passkeyRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      ...common,
      method: 'POST',
      path: `${path}/passkeys/options`,
      summary: 'What the browser asks an authenticator to make a passkey with',
      body: PasswordProof,
      answers: { 200: z.looseObject({ challenge: z.string() }) },
      handle: async (asked) => {
        const { person, sessionId } = await provenOwner(ports, asked);
        const body = await passkeyToMake(ports, person, `session ${sessionId}`);
        return { status: 200, body };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/passkeys`,
      summary: 'Adds the passkey that was made',
      body: z.strictObject({ name: PasskeyName, credential: Attestation }),
      bodyBytesMax: 100_000,
      answers: { 201: RecoveryCodesWire },
      handle: async ({ actor, body: { name, credential } }) => {
        const { person, sessionId } = await ownerOf(ports, actor);
        const made = { name, credential, holder: `session ${sessionId}` };
        const add = await addPasskey(ports, person, made);
        const codes = await firstCodes(ports, person, async (tx) => {
          await add(tx);
          await note(tx, actor, person, 'passkey.added', name);
          await tell(ports, tx, person, `The passkey "${name}" was added to your sign-in.`);
        });
        return { status: 201, body: codes };
      },
    }),
    route({
      ...common,
      method: 'PATCH',
      path: `${path}/passkeys/:id`,
      summary: 'Gives a passkey another name',
      params: Id,
      body: z.strictObject({ name: PasskeyName }),
      answers: { 204: 'empty' },
      handle: async ({ actor, params: { id }, body: { name } }) => {
        const { person } = await ownerOf(ports, actor);
        await inTransaction(ports.db, async (tx) => {
          const before = await ownPasskey(tx, person, id);
          await tx.updateTable('passkeys').set({ name }).where('id', '=', id).execute();
          const subject = { kind: 'passkey', id, name };
          const change = { field: 'name', before: before.name, after: name };
          await audit(tx, [
            { actor, action: 'passkey.changed', subject, outcome: 'done', ...change },
          ]);
        });
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/passkeys/:id/remove`,
      summary: 'Removes a passkey',
      params: Id,
      body: PasswordProof,
      answers: { 204: 'empty' },
      handle: async (asked) => {
        const { person } = await provenOwner(ports, asked);
        const { id } = asked.params;
        await inTransaction(ports.db, async (tx) => {
          const { name } = await ownPasskey(tx, person, id);
          await tx.deleteFrom('passkeys').where('id', '=', id).execute();
          await refuseLast(ports, tx, person);
          await note(tx, asked.actor, person, 'passkey.removed', name);
          await afterRemoval(ports, tx, person, `The passkey "${name}" was removed.`);
        });
        return { status: 204 };
      },
    }),
  ];
}

async function ownPasskey(tx: Tx, person: Person, id: string) {
  const found = (await listPasskeys(tx, person)).find((one) => one.id === id);
  return found ?? refuse('record.unknown', { kind: 'passkey of yours', id });
}

/** With the first factor come recovery codes, so that a lost phone keeps nobody out. */
function firstCodes(
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
async function afterRemoval(ports: SignInPorts, tx: Tx, person: Person, sentence: string) {
  const { app, passkeys } = await factorsOf(tx, person);
  if (!app && passkeys === 0) await forgetRecoveryCodes(tx, person);
  await tell(ports, tx, person, sentence);
}

async function isNeeded({ db }: SignInPorts, person: Person): Promise<boolean> {
  return person.kind === 'agent' && (await readSignInSettings(db)).agentsNeedSecondFactor;
}

/** In the transaction that removes one, which is undone then. */
async function refuseLast(ports: SignInPorts, tx: Tx, person: Person): Promise<void> {
  if (!(await isNeeded(ports, person))) return;
  const left = await factorsOf(tx, person);
  if (!left.app && left.passkeys === 0) refuse('second-factor.needed');
}

async function note(
  tx: Tx,
  actor: Actor,
  person: Person,
  action: string,
  after?: string,
): Promise<void> {
  const named = after === undefined ? {} : { after };
  await audit(tx, [{ actor, action, subject: about(person), outcome: 'done', ...named }]);
}

function tell(ports: SignInPorts, tx: Tx, person: Person, sentence: string): Promise<void> {
  return ports.tell(tx, { person, subject: 'Your sign-in was changed', sentence });
}
