// The endpoints of links by hand.
import { z } from 'zod';
import { listLinks } from '#features/sso/links.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import { NumberPageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { addLink, getApplication, takeLinkAway } from './commands.ts';
import { linkWire, NewSsoLinkWire, SsoLinksWire, SsoLinkWire } from './wire.ts';

const id = z.coerce.number().pipe(z.int32().positive());
const path = '/v1/sso-applications/:id/links';

export function linkRoutes(ports: SsoPorts): Route[] {
  return [
    route({
      method: 'GET',
      path,
      summary: 'Which identities of an application are whom',
      dialect: 'v1',
      access: ['sso:read'],
      params: z.object({ id }),
      query: NumberPageQuery,
      answers: { 200: SsoLinksWire },
      handle: async ({ params, query }) => {
        const application = await getApplication(ports.db, params.id);
        const page = { after: query.cursor, limit: pageRows(query) };
        const found = await listLinks(ports.db, application.id, page);
        return { status: 200, body: pageFrom(found, query, linkWire) };
      },
    }),
    route({
      method: 'POST',
      path,
      summary: 'Links an identity to a person: by itself, or by the attempt in which it was proven',
      dialect: 'v1',
      access: ['sso:edit'],
      params: z.object({ id }),
      body: NewSsoLinkWire,
      answers: { 201: SsoLinkWire },
      handle: async ({ params, body, actor }) => ({
        status: 201,
        body: linkWire(await addLink(ports, params.id, body, actor)),
      }),
    }),
    route({
      method: 'DELETE',
      path: `${path}/:linkId`,
      summary: 'Takes a link away; the sessions that it began end',
      dialect: 'v1',
      access: ['sso:edit'],
      params: z.object({ id, linkId: id }),
      answers: { 204: 'empty' },
      handle: async ({ params, actor }) => {
        await takeLinkAway(ports, params.id, params.linkId, actor);
        return { status: 204 };
      },
    }),
  ];
}
