// One's own second factors in /v1: whoever changes them proves their password, and is told by mail.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { inTransaction } from '#store/db.ts';
import {
  afterRemoval,
  firstCodes,
  isNeeded,
  note,
  ownerOf,
  provenOwner,
  refuseLast,
  tell,
} from './factor-changes.ts';
import { secondFactors } from './factors.ts';
import type { SignInPorts } from './forms.ts';
import { factorsOf, listPasskeys } from './passkey-queries.ts';
import { passkeyRoutes } from './passkey-routes.ts';
import { passkeysWork } from './passkeys.ts';
import { findCredential } from './queries.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { NewAppWire, PasswordProof, RecoveryCodesWire, SecondFactorsWire } from './wire.ts';

const path = '/v1/second-factors';
const common = { dialect: 'v1', access: 'signed-in' } as const;

export function factorRoutes(ports: SignInPorts): Route[] {
  return [...readingRoutes(ports), ...appRoutes(ports), ...passkeyRoutes(ports)];
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
