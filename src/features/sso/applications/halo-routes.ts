// The endpoints of applications for single sign-on in Halo's dialect.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { enveloped, listAnswer, pageOf, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import {
  type ApplicationPorts,
  changeApplicationIn,
  createApplicationIn,
  deleteApplicationIn,
} from './commands.ts';
import { applicationToHalo, changeFromHalo, HaloSsoApplication } from './halo-wire.ts';
import { warner } from './looked-at.ts';
import { countApplications, getShown, listShown, lockApplication, type Shown } from './queries.ts';

export function haloSsoApplicationRoutes(ports: ApplicationPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/SingleSignOnApplication',
      summary: 'List SingleSignOnApplication',
      dialect: 'halo',
      access: ['sso:read'],
      query: z.object(paging),
      answers: { 200: listAnswer(HaloSsoApplication) },
      async handle({ query }) {
        const { limit, offset, pageNo, pageSize } = pageOf(query);
        const found = await listShown(ports.db, { limit, offset });
        const recordCount = await countApplications(ports.db);
        const rows = await inWords(ports, ports.db, found);
        const list = { rows, recordCount, pageNo, pageSize: pageSize ?? rows.length };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/SingleSignOnApplication/:id',
      summary: 'Get one application for single sign-on',
      dialect: 'halo',
      access: ['sso:read'],
      params: IdParams,
      answers: { 200: HaloSsoApplication },
      async handle({ params }) {
        const shown = await getShown(ports.db, params.id);
        const [body] = await inWords(ports, ports.db, [shown]);
        return { status: 200, body };
      },
    }),
    route({
      method: 'POST',
      path: '/api/SingleSignOnApplication',
      summary: 'Create or change SingleSignOnApplication',
      dialect: 'halo',
      access: ['sso:edit'],
      body: oneOrMany(HaloSsoApplication),
      answers: savedAnswer(HaloSsoApplication),
      async handle({ actor, body }) {
        return inTransaction(ports.db, async (tx) => {
          const done: Shown[] = [];
          for (const given of body) {
            done.push(await getShown(tx, await saveOne(tx, ports, actor, given)));
          }
          return saved(await inWords(ports, tx, done));
        });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/SingleSignOnApplication/:id',
      summary: 'Delete one application for single sign-on',
      dialect: 'halo',
      access: ['sso:edit'],
      params: IdParams,
      answers: { 200: HaloSsoApplication },
      async handle({ actor, params }) {
        return inTransaction(ports.db, async (tx) => {
          const shown = await getShown(tx, params.id);
          const [body] = await inWords(ports, tx, [shown]);
          await deleteApplicationIn(tx, actor, params.id);
          return { status: 200, body };
        });
      },
    }),
  ];
}

async function inWords(ports: ApplicationPorts, db: Db | Tx, all: readonly Shown[]) {
  const warningsOf = await warner(db, ports);
  const { host } = ports.publicUrl;
  return all.map((shown) => applicationToHalo(shown, { host, warnings: warningsOf(shown) }));
}

/** Without an id, or with none above 0, it is a new one, as in Halo. Says which it is. */
async function saveOne(
  tx: Tx,
  ports: ApplicationPorts,
  actor: Actor,
  given: HaloSsoApplication,
): Promise<number> {
  const { id = 0, new_client_secret: secret } = given;
  const before = id > 0 ? (await lockApplication(tx, id)).application.oidc.allowedTenants : [];
  const asked = {
    settings: changeFromHalo(given, before),
    guid: given.guid ?? undefined,
    clientSecret: secret ? new Secret(secret) : undefined,
  };
  if (id > 0) return (await changeApplicationIn(tx, ports, actor, { ...asked, id })).id;
  if (given.name == null) {
    refuse('record.incomplete', { kind: 'single sign-on application', member: 'name' });
  }
  return (await createApplicationIn(tx, ports, actor, asked)).id;
}
