// One's own passkeys in /v1: made by the browser, kept here, named, and removed with the password.
import { z } from 'zod';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { audit } from '#store/audit.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import {
  afterRemoval,
  firstCodes,
  note,
  ownerOf,
  provenOwner,
  refuseLast,
  tell,
} from './factor-changes.ts';
import type { SignInPorts } from './forms.ts';
import { listPasskeys } from './passkey-queries.ts';
import { Attestation } from './passkey-wire.ts';
import { addPasskey, passkeyToMake } from './passkeys.ts';
import { PasskeyName, PasswordProof, RecoveryCodesWire } from './wire.ts';

const Id = z.object({ id: z.uuid() });
const path = '/v1/second-factors/passkeys';
const common = { dialect: 'v1', access: 'signed-in' } as const;

export function passkeyRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      ...common,
      method: 'POST',
      path: `${path}/options`,
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
      path,
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
      path: `${path}/:id`,
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
      path: `${path}/:id/remove`,
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
