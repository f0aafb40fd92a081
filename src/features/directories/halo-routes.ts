// The endpoints of directory syncs in Halo's dialect: /api/LDAPConnection.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { enveloped, listAnswer, pageOf, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams, intBetween, reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { inTransaction } from '#store/db.ts';
import { deleteSync, type SettingsPorts } from './commands.ts';
import { checkCommands, isCommand, runCommands } from './halo-commands.ts';
import { HaloLdapConnection, type LdapConnectionAnswer } from './halo-model.ts';
import { connectionOf, type Saved, saveConnection } from './halo-save.ts';
import { shown } from './halo-shown.ts';
import { countSyncs, getOwnSync, getSync, listSyncs } from './queries.ts';

const path = '/api/LDAPConnection';
const one = '/api/LDAPConnection/:id';
/** As if the caller looked after this client alone; whoever does already is not led elsewhere. */
const clientOverride = { clientidoverride: intBetween(1, 2_147_483_647) };

export function haloLdapConnectionRoutes(ports: SettingsPorts): Route[] {
  return [
    route({
      method: 'GET',
      path,
      summary: 'List LDAPConnection',
      dialect: 'halo',
      access: ['directory-syncs:read'],
      query: z.object({ ...paging, ...clientOverride }),
      answers: { 200: listAnswer(HaloLdapConnection) },
      async handle({ actor, query }) {
        const { limit, offset, pageNo, pageSize } = pageOf(query);
        const reach = within(actor, query.clientidoverride);
        const found = await listSyncs(ports.db, reach, { limit, offset });
        const recordCount = await countSyncs(ports.db, reach);
        const rows = await shown(ports.db, ports, actor, found);
        const list = { rows, recordCount, pageNo, pageSize: pageSize ?? rows.length };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      method: 'GET',
      path: one,
      summary: 'Get one LDAPConnection',
      dialect: 'halo',
      access: ['directory-syncs:read'],
      params: IdParams,
      query: z.object({ ...clientOverride, includedetails: reading.flag }),
      answers: { 200: HaloLdapConnection },
      async handle({ actor, params, query }) {
        const reach = within(actor, query.clientidoverride);
        const sync = await getSync(ports.db, reach, params.id);
        const details = query.includedetails ?? false;
        const [body] = await shown(ports.db, ports, actor, [sync], { details });
        return { status: 200, body };
      },
    }),
    route({
      method: 'POST',
      path,
      summary: 'Create or change LDAPConnection; test, browse or preview it without saving',
      dialect: 'halo',
      access: ['directory-syncs:edit', 'connections:edit'],
      body: oneOrMany(HaloLdapConnection),
      answers: savedAnswer(HaloLdapConnection),
      async handle({ actor, body, signal }) {
        checkCommands(body);
        if (!body.some(isCommand)) return saved(await saveAll(ports, actor, body));
        const all: LdapConnectionAnswer[] = [];
        for (const given of body) all.push(await runCommands(ports, actor, given, signal));
        return saved(all);
      },
    }),
    route({
      method: 'DELETE',
      path: one,
      summary: 'Delete one LDAPConnection, with its sync',
      dialect: 'halo',
      access: ['directory-syncs:edit', 'connections:edit'],
      params: IdParams,
      answers: { 200: HaloLdapConnection },
      handle: async ({ actor, params }) => ({
        status: 200,
        body: await deleteOne(ports, actor, params.id),
      }),
    }),
  ];
}

function within(actor: Actor, override: number | undefined): Pick<Actor, 'clientId'> {
  const clientId = actor.clientId ?? override;
  return clientId === undefined ? {} : { clientId };
}

/** All of them or none. */
function saveAll(
  ports: SettingsPorts,
  actor: Actor,
  changes: readonly HaloLdapConnection[],
): Promise<LdapConnectionAnswer[]> {
  return inTransaction(ports.db, async (tx) => {
    const done: Saved[] = [];
    for (const given of changes) done.push(await saveConnection(tx, ports, actor, given));
    const all: LdapConnectionAnswer[] = [];
    for (const { id, notes } of done) {
      const sync = await getSync(tx, actor, id);
      all.push(...(await shown(tx, ports, actor, [sync], { notes: new Map([[id, notes]]) })));
    }
    return all;
  });
}

/** The connection goes as well, unless it is not the actor's own or something else stands on it. */
function deleteOne(ports: SettingsPorts, actor: Actor, id: number) {
  return inTransaction(ports.db, async (tx) => {
    const sync = await getOwnSync(tx, actor, id);
    const [body] = await shown(tx, ports, actor, [sync]);
    await deleteSync({ db: tx }, actor, id);
    const connection = await connectionOf(tx, ports, actor, sync);
    if (actor.clientId !== undefined && actor.clientId !== connection.clientId) {
      return { ...body, _warning: 'The connection itself stays: it belongs to every client.' };
    }
    const users = await ports.connections.remove(tx, actor, connection.id);
    if (users.length === 0) return body;
    const names = users.slice(0, 5).join(', ');
    return { ...body, _warning: `The connection itself stays: it is used by ${names}.` };
  });
}
