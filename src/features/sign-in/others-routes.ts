// Other people's sign-ins: where they are signed in, ending that, and second factors they have lost.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { provenOwner, tell } from './factor-changes.ts';
import { secondFactors } from './factors.ts';
import type { SignInPorts } from './forms.ts';
import { isWithin } from './invitation-routes.ts';
import { about, findPerson } from './people.ts';
import { deleteSessionById, listSessionsOf } from './queries.ts';
import { forgetRecoveryCodes } from './recovery-codes.ts';
import { endSessionsOf, sessionLimits } from './sessions.ts';
import { PasswordProof, SessionsWire } from './wire.ts';

const idMax = 2_147_483_647;
const Id = z.object({ id: z.coerce.number().int().min(1).max(idMax) });
const common = { dialect: 'v1', access: ['admin'] } as const;

type Kind = Person['kind'];

export function othersRoutes(ports: SignInPorts): Route[] {
  return (['agent', 'user'] as const).flatMap((kind) => [
    ...sessionsRoutes(ports, kind),
    factorsRoute(ports, kind),
  ]);
}

async function somebody(ports: SignInPorts, kind: Kind, id: number, actor: Actor): Promise<Person> {
  refuseImpersonated(actor);
  const person = await findPerson(ports, { kind, id });
  if (person === undefined || !isWithin(actor, person)) {
    return refuse('record.unknown', { kind, id });
  }
  return person;
}

function sessionsRoutes(ports: SignInPorts, kind: Kind): Route[] {
  const path = `/v1/${kind}s/:id/sessions`;
  return [
    route({
      ...common,
      method: 'GET',
      path,
      summary: `Where ${oneOf(kind)} is signed in`,
      params: Id,
      answers: { 200: SessionsWire },
      handle: async ({ params: { id }, actor }) => {
        const person = await somebody(ports, kind, id, actor);
        const now = ports.clock();
        const found = await listSessionsOf(ports.db, person, now, sessionLimits.idleMs);
        const items = found.map((one) => ({ ...one, current: one.id === actor.sessionId }));
        return { status: 200, body: { items, next: null } };
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path: `${path}/:session`,
      summary: `Ends one session of ${oneOf(kind)}, in every process at once`,
      params: Id.extend({ session: z.uuid() }),
      answers: { 204: 'empty' },
      handle: async ({ params: { id, session }, actor }) => {
        const person = await somebody(ports, kind, id, actor);
        await inTransaction(ports.db, async (tx) => {
          if (!(await deleteSessionById(tx, person, session))) {
            return refuse('record.unknown', { kind: 'session of theirs', id: session });
          }
          await noteOf(tx, actor, person, 'session.ended');
          await ring(tx, accessBell);
        });
        return { status: 204 };
      },
    }),
  ];
}

/** For who lost phone and codes: the password alone lets them in then, and every session of theirs ends. */
function factorsRoute(ports: SignInPorts, kind: Kind): Route {
  return route({
    ...common,
    method: 'POST',
    path: `/v1/${kind}s/:id/second-factors/remove`,
    summary: `Removes every second factor of ${oneOf(kind)} who has lost them; with one's own password`,
    params: Id,
    body: PasswordProof,
    answers: { 204: 'empty' },
    handle: async (asked) => {
      const { params, actor } = asked;
      const person = await somebody(ports, kind, params.id, actor);
      await provenOwner(ports, asked);
      await inTransaction(ports.db, async (tx) => {
        await secondFactors({ ...ports, db: tx }).remove(person, actor);
        await removePasskeys(tx, person, actor);
        await forgetRecoveryCodes(tx, person);
        await endSessionsOf(tx, person);
        const sentence = `${actor.name} removed every second factor of yours.`;
        await tell(ports, tx, person, sentence);
      });
      return { status: 204 };
    },
  });
}

async function removePasskeys(tx: Tx, person: Person, actor: Actor): Promise<void> {
  const gone = await tx
    .deleteFrom('passkeys')
    .where('owner_kind', '=', person.kind)
    .where('owner_id', '=', person.id)
    .returning('name')
    .execute();
  for (const { name } of gone) await noteOf(tx, actor, person, 'passkey.removed', name);
}

async function noteOf(tx: Tx, actor: Actor, person: Person, action: string, after?: string) {
  const of = person.kind === 'user' ? { userId: person.id } : {};
  const named = after === undefined ? {} : { after };
  await audit(tx, [{ actor, action, subject: about(person), outcome: 'done', ...of, ...named }]);
}

function oneOf(kind: Kind): string {
  return kind === 'agent' ? 'an agent' : 'a user';
}
