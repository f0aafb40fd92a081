// The endpoints of password fields: a POST shows one, a GET lists who had which shown.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import type { DeskPorts } from '#features/desk/resource/routes.ts';
import { enveloped, listAnswer, pageOf, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams, reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { findReveal, listReveals } from './queries.ts';
import { revealPasswords } from './reveal.ts';
import {
  AuditPasswordField,
  PasswordFieldReveal,
  revealToWire,
  type Shown,
  shownToWire,
} from './wire.ts';

/** Each is shown to a person who asked for it; nobody needs hundreds at once. */
const atOnceMax = 20;

export function passwordFieldRoutes(ports: DeskPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/PasswordField',
      summary: 'Shows the password of a field, which is recorded',
      dialect: 'halo',
      access: ['password-fields:reveal'],
      body: oneOrMany(AuditPasswordField),
      answers: savedAnswer(AuditPasswordField),
      async handle({ actor, body }) {
        if (body.length > atOnceMax) {
          refuse('request.invalid', { reason: `at most ${atOnceMax} passwords are shown at once` });
        }
        const asked = body.map(shownOf);
        const values = await revealPasswords(ports, actor, asked);
        return saved(asked.map((one, index) => shownToWire(one, values[index]?.reveal() ?? null)));
      },
    }),
    route({
      method: 'GET',
      path: '/api/PasswordField',
      summary: 'Who had which password shown, and when; never the passwords',
      dialect: 'halo',
      access: 'signed-in',
      query: z.object({
        ...paging,
        object_type: reading.int,
        object_id: reading.int,
        field_id: reading.int,
        agent_id: reading.int,
        startdate: reading.time,
        enddate: reading.time,
      }),
      answers: { 200: listAnswer(PasswordFieldReveal) },
      async handle({ actor, query }) {
        mayList(actor);
        const list = await listReveals(ports.db, actor, query, pageOf(query));
        return {
          status: 200,
          body: enveloped({ ...list, rows: list.rows.map(revealToWire) }, query),
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/PasswordField/:id',
      summary: 'One time a password was shown',
      dialect: 'halo',
      access: 'signed-in',
      params: IdParams,
      query: z.object({ includedetails: reading.flag }),
      answers: { 200: PasswordFieldReveal },
      async handle({ actor, params }) {
        mayList(actor);
        const reveal = await findReveal(ports.db, actor, params.id);
        if (reveal === undefined)
          return refuse('record.unknown', { kind: 'reveal', id: params.id });
        return { status: 200, body: revealToWire(reveal) };
      },
    }),
  ];
}

type Posted = z.output<typeof AuditPasswordField>;

function shownOf(posted: Posted): Shown {
  const objectType = posted.object_type ?? posted.object;
  const { object_id: objectId, field_id: fieldId, value } = posted;
  if (value !== undefined && value !== null && value !== '') refuse('password-field.no-value-here');
  if (objectType === undefined || objectId === undefined || fieldId === undefined) {
    return refuse('request.invalid', { reason: 'object_type, object_id and field_id are needed' });
  }
  return { objectType, objectId, fieldId };
}

/** Who may show passwords, or read the audit trail, as far as they see every or one client. */
function mayList(actor: Actor): void {
  const may =
    allows(actor.permissions, 'audit:read') || allows(actor.permissions, 'password-fields:reveal');
  if (actor.kind === 'user' || !may) {
    refuse('permission.lacking', { permission: 'audit:read or password-fields:reveal' });
  }
}
