// One's own sessions: where one is signed in, and ending any of them.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { inTransaction } from '#store/db.ts';
import type { SignInPorts } from './forms.ts';
import { deleteOtherSessions, deleteSessionById, listSessionsOf } from './queries.ts';
import { sessionLimits } from './sessions.ts';
import { SessionsWire } from './wire.ts';

const Id = z.object({ id: z.uuid() });

export function sessionRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/sessions',
      summary: 'Where the one who asks is signed in',
      dialect: 'v1',
      access: 'signed-in',
      answers: { 200: SessionsWire },
      handle: async ({ actor }) => {
        const owner = ownerOf(actor);
        const now = ports.clock();
        const found = owner ? await listSessionsOf(ports.db, owner, now, sessionLimits.idleMs) : [];
        const items = found.map((one) => ({ ...one, current: one.id === actor.sessionId }));
        return { status: 200, body: { items, next: null } };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/sessions',
      summary: 'Ends every other session of the one who asks',
      dialect: 'v1',
      access: 'signed-in',
      answers: { 200: z.object({ ended: z.int() }) },
      handle: async ({ actor }) => {
        const owner = ownerOf(actor);
        const ended = await inTransaction(ports.db, async (tx) => {
          if (owner === undefined) return 0;
          const count = await deleteOtherSessions(tx, owner, actor.sessionId);
          if (count === 0) return 0;
          const subject = { kind: actor.kind, id: actor.id, name: actor.name };
          const entry = { actor, action: 'session.ended', subject, outcome: 'done' as const };
          await audit(
            tx,
            Array.from({ length: count }, () => entry),
          );
          await ring(tx, accessBell);
          return count;
        });
        return { status: 200, body: { ended } };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/sessions/:id',
      summary: 'Ends one of the sessions of the one who asks',
      dialect: 'v1',
      access: 'signed-in',
      params: Id,
      answers: { 204: 'empty' },
      handle: async ({ params: { id }, actor }) => {
        const owner = ownerOf(actor);
        await inTransaction(ports.db, async (tx) => {
          if (owner === undefined || !(await deleteSessionById(tx, owner, id))) {
            return refuse('record.unknown', { kind: 'session of yours', id });
          }
          const subject = { kind: actor.kind, id: actor.id, name: actor.name };
          await audit(tx, [{ actor, action: 'session.ended', subject, outcome: 'done' }]);
          await ring(tx, accessBell);
        });
        return { status: 204 };
      },
    }),
  ];
}

/** Programs have tokens and keys; sessions are people's. */
function ownerOf(actor: Actor): PersonId | undefined {
  refuseImpersonated(actor);
  const { kind, id } = actor;
  return kind === 'agent' || kind === 'user' ? { kind, id: Number(id) } : undefined;
}
