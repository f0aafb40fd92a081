// The endpoints of applications for single sign-on under /v1.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import { listRoute, NumberPageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { SsoApplicationWire } from './answers.ts';
import {
  type ApplicationPorts,
  changeApplicationIn,
  confirmApplication,
  createApplicationIn,
  deleteApplicationIn,
} from './commands.ts';
import { makeKey } from './keys.ts';
import { warner } from './looked-at.ts';
import { getShown, listShown, type Shown } from './queries.ts';
import { applicationToWire, NewSsoApplicationWire, SsoApplicationChangeWire } from './wire.ts';

const Params = z.object({ id: z.coerce.number().pipe(z.int32().positive()) });

export function ssoApplicationRoutes(ports: ApplicationPorts): Route[] {
  const { db } = ports;
  return [
    listRoute({
      path: '/v1/sso-applications',
      summary: 'Lists applications for single sign-on',
      access: ['sso:read'],
      query: NumberPageQuery,
      item: SsoApplicationWire,
      async list(_actor, query) {
        const rows = await listShown(db, { cursor: query.cursor, limit: pageRows(query) });
        const toWire = await wording(db, ports);
        const identified = rows.map((shown) => ({ id: shown.application.id, shown }));
        return pageFrom(identified, query, ({ shown }) => toWire(shown));
      },
    }),
    route({
      method: 'POST',
      path: '/v1/sso-applications',
      summary: 'Makes an application for single sign-on',
      dialect: 'v1',
      access: ['sso:edit'],
      body: NewSsoApplicationWire,
      answers: { 201: SsoApplicationWire },
      async handle({ actor, body }) {
        const { guid, lab, clientSecret, ...settings } = body;
        const asked = { settings, guid, lab, clientSecret: asSecret(clientSecret) };
        return inTransaction(db, async (tx) => {
          const { id } = await createApplicationIn(tx, ports, actor, asked);
          return { status: 201, body: await shownAs(tx, ports, id) };
        });
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sso-applications/:id',
      summary: 'One application for single sign-on, with its addresses and warnings',
      dialect: 'v1',
      access: ['sso:read'],
      params: Params,
      answers: { 200: SsoApplicationWire },
      async handle({ params }) {
        return { status: 200, body: await shownAs(db, ports, params.id) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/sso-applications/:id',
      summary: 'Changes an application; another address or protocol clears secret and confirmation',
      dialect: 'v1',
      access: ['sso:edit'],
      params: Params,
      body: SsoApplicationChangeWire,
      answers: { 200: SsoApplicationWire },
      async handle({ actor, params: { id }, body: { clientSecret, ...settings } }) {
        const asked = { id, settings, clientSecret: asSecret(clientSecret) };
        return inTransaction(db, async (tx) => {
          await changeApplicationIn(tx, ports, actor, asked);
          return { status: 200, body: await shownAs(tx, ports, id) };
        });
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/sso-applications/:id',
      summary: 'Deletes an application, its links, its attempts and the sessions it began',
      dialect: 'v1',
      access: ['sso:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await inTransaction(db, (tx) => deleteApplicationIn(tx, actor, params.id));
        return { status: 204 };
      },
    }),
    ...orderRoutes(ports),
  ];
}

function orderRoutes(ports: ApplicationPorts): Route[] {
  const order = (
    { path, summary, access }: Pick<Route, 'path' | 'summary' | 'access'>,
    obey: (actor: Actor, id: number) => Promise<SsoApplication>,
  ) =>
    route({
      method: 'POST',
      path,
      summary,
      dialect: 'v1',
      access,
      params: Params,
      answers: { 200: SsoApplicationWire },
      async handle({ actor, params }) {
        await obey(actor, params.id);
        return { status: 200, body: await shownAs(ports.db, ports, params.id) };
      },
    });
  return [
    order(
      {
        path: '/v1/sso-applications/:id/confirm',
        summary: 'Confirms that the application’s own address may be on a private network',
        access: ['sso:edit', 'admin'],
      },
      (actor, id) => confirmApplication(ports, actor, id),
    ),
    order(
      {
        path: '/v1/sso-applications/:id/key',
        summary: 'Makes a key pair with its certificate, instead of the one it has',
        access: ['sso:edit'],
      },
      (actor, id) => makeKey(ports, actor, id),
    ),
  ];
}

async function shownAs(db: Db | Tx, ports: ApplicationPorts, id: number) {
  const toWire = await wording(db, ports);
  return toWire(await getShown(db, id));
}

async function wording(db: Db | Tx, ports: ApplicationPorts) {
  const warningsOf = await warner(db, ports);
  const { publicUrl } = ports;
  return (shown: Shown) => applicationToWire(shown, { publicUrl, warnings: warningsOf(shown) });
}

function asSecret(text: string | null | undefined): Secret | null | undefined {
  return typeof text === 'string' ? new Secret(text) : text;
}
