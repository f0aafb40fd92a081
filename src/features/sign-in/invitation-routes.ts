// A first password for somebody of the desk: an administrator asks, and hands it over.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { type Route, route } from '#http/route.ts';
import { invite } from './credentials.ts';
import type { SignInPorts } from './forms.ts';
import { findPerson } from './people.ts';

const idMax = 2_147_483_647;
const Id = z.object({ id: z.coerce.number().int().min(1).max(idMax) });
const Invited = z
  .object({ login: z.string(), password: z.string() })
  .meta({ id: 'FirstPassword', description: 'Shown this once; changed at the first sign-in.' });

export function invitationRoutes(ports: SignInPorts): Route[] {
  return (['agent', 'user'] as const).map((kind) =>
    route({
      method: 'POST',
      path: `/v1/${kind}s/:id/invite`,
      summary: `Gives ${kind === 'agent' ? 'an agent' : 'a user'} a first password, told this once`,
      dialect: 'v1',
      access: ['admin'],
      params: Id,
      answers: { 201: Invited },
      handle: async ({ params: { id }, actor }) => {
        refuseImpersonated(actor);
        const person = await findPerson(ports, { kind, id });
        if (person === undefined || !isWithin(actor, person)) {
          return refuse('record.unknown', { kind, id });
        }
        const password = await invite(ports, person, actor, ports.clock());
        return { status: 201, body: { login: person.email, password: password.reveal() } };
      },
    }),
  );
}

/** Whether the actor may see them at all. */
export function isWithin({ clientId }: Actor, person: Person): boolean {
  return clientId === undefined || clientId === person.clientId;
}
