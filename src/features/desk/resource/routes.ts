// The four routes that every resource has: list, single, save and delete.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { enveloped, listAnswer, paging } from '#http/halo/list.ts';
import { saved, savedAnswer } from '#http/halo/model.ts';
import { idInPath, reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { type AuditOf, auditingQuery, withAuditing } from './auditing.ts';
import { bodyOf } from './body.ts';
import { modelsOf } from './model.ts';
import { places } from './order.ts';
import { findRecord, listRecords } from './read.ts';
import type { Resource } from './resource.ts';
import { deleteRecord, saveRecords } from './save.ts';

export type DeskPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  readonly auditOf?: AuditOf;
};

export function resourceRoutes(ports: DeskPorts, resource: Resource): Route[] {
  return [
    listRoute(ports, resource),
    singleRoute(ports, resource),
    saveRoute(ports, resource),
    deleteRoute(ports, resource),
  ];
}

/** Halo's objects as the answers document them: what is in them stands in docs/halo-dialect.md. */
export const HaloObject = z.record(z.string(), z.unknown());

function listRoute({ db, clock }: DeskPorts, resource: Resource): Route {
  return route({
    method: 'GET',
    path: `/api/${resource.path}`,
    summary: `List ${resource.path}`,
    dialect: 'halo',
    access: 'signed-in',
    query: listQuery(resource),
    answers: { 200: listAnswer(modelsOf(resource).row, resource.envelope) },
    handle: async ({ actor, query }) => {
      mayRead(actor, resource);
      const list = await listRecords(db, resource, { actor, now: clock(), query });
      return { status: 200, body: enveloped(list, query, resource.envelope) };
    },
  });
}

function singleRoute({ db, auditOf }: DeskPorts, resource: Resource): Route {
  return route({
    method: 'GET',
    path: `/api/${resource.path}/:id`,
    summary: `Get one ${resource.kind}`,
    dialect: 'halo',
    access: 'signed-in',
    params: paramsOf(resource),
    query: keysInQuery(resource, auditingQuery(resource)),
    answers: { 200: modelsOf(resource).single },
    handle: async ({ actor, params, query }) => {
      mayRead(actor, resource);
      const keys = { ...query, id: params.id };
      const plain = await findRecord(db, resource, { actor, keys });
      const found = await withAuditing(auditOf, actor, query.include_auditing, plain);
      return {
        status: 200,
        body: found ?? refuse('record.unknown', { kind: resource.kind, id: params.id }),
      };
    },
  });
}

function saveRoute({ db, clock, sealing }: DeskPorts, resource: Resource): Route {
  return route({
    method: 'POST',
    path: `/api/${resource.path}`,
    summary: `Create or change ${resource.path}`,
    dialect: 'halo',
    access: editAccess(resource),
    body: bodyOf(resource),
    ...(resource.bodyBytesMax === undefined ? {} : { bodyBytesMax: resource.bodyBytesMax }),
    answers: savedAnswer(modelsOf(resource).single),
    handle: async ({ actor, body }) => {
      mayEdit(actor, resource);
      return saved(await saveRecords(db, resource, { actor, now: clock(), sealing }, body));
    },
  });
}

function deleteRoute({ db, clock }: DeskPorts, resource: Resource): Route {
  return route({
    method: 'DELETE',
    path: `/api/${resource.path}/:id`,
    summary: `Delete one ${resource.kind}`,
    dialect: 'halo',
    access: editAccess(resource),
    params: paramsOf(resource),
    query: keysInQuery(resource, { reason: reading.text }),
    answers: { 200: modelsOf(resource).single },
    handle: async ({ actor, params, query }) => {
      mayDelete(actor, resource);
      const reason = typeof query.reason === 'string' ? query.reason : undefined;
      const asked = { keys: { ...query, id: params.id }, reason };
      return {
        status: 200,
        body: await deleteRecord(db, resource, { actor, now: clock() }, asked),
      };
    },
  });
}

function paramsOf(resource: Resource) {
  const isGuid = resource.members.id?.type === 'uuid';
  return z.object({ id: z.union([isGuid ? z.guid() : idInPath]) });
}

/** What else names one record, such as the ticket that an action is numbered within. */
function keysInQuery(resource: Resource, more: Readonly<Record<string, z.ZodType>> = {}) {
  const others = resource.keys.filter((name) => name !== 'id');
  const keys = Object.fromEntries(others.map((name) => [name, reading.int]));
  const shape: Record<string, z.ZodType> = { ...keys, ...more };
  return z.object(shape);
}

function listQuery(resource: Resource) {
  const filters = Object.entries(resource.filters).map(([name, { schema }]) => [name, schema]);
  const orders = places.flatMap((place) => [
    [`order${place}`, reading.text],
    [`orderdesc${place}`, reading.flag],
  ]);
  const shape: Record<string, z.ZodType> = Object.fromEntries([...filters, ...orders]);
  return z.object({
    ...shape,
    ...paging,
    search: reading.text,
    search_phonenumbers: reading.flag,
    advanced_search: reading.text,
    include_custom_fields: reading.ints,
    ...(resource.idOnly === undefined ? {} : { [resource.idOnly.parameter]: reading.flag }),
  });
}

/** Halo has no scope for users and agents: whoever may read something of the desk may read them. */
export function mayRead(actor: Actor, { read }: Resource): void {
  if (read === 'signed-in') return;
  if (!read.some((permission) => allows(actor.permissions, permission))) {
    refuse('permission.lacking', { permission: read.join(' or ') });
  }
}

/** Where one of several will do, the door lets in whoever is signed in and the handler asks. */
function editAccess({ edit }: Resource): Route['access'] {
  return typeof edit === 'string' ? [edit] : 'signed-in';
}

/** People see their own things; what everybody shares is changed by agents who see every client. */
function mayEdit(actor: Actor, resource: Resource): void {
  const permissions = [resource.edit].flat();
  const permission = permissions.join(' or ');
  const isForeign = actor.kind === 'user' && !resource.openToUsers;
  const isShared = actor.clientId !== undefined && resource.shared;
  const holds = permissions.some((one) => allows(actor.permissions, one));
  if (isForeign || isShared || !holds) refuse('permission.lacking', { permission });
}

function mayDelete(actor: Actor, resource: Resource): void {
  mayEdit(actor, resource);
  if (actor.kind === 'user') {
    refuse('permission.lacking', { permission: [resource.edit].flat().join(' or ') });
  }
}
