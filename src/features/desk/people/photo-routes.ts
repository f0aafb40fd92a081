// The photo of a user or agent: seen by whoever may see the person, and kept by browsers until it is another.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { agents } from '#features/desk/agents/agents.ts';
import type { Resource } from '#features/desk/resource/resource.ts';
import { type DeskPorts, mayRead } from '#features/desk/resource/routes.ts';
import { users } from '#features/desk/users/users.ts';
import { IdParams } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';

type Photo = { readonly media_type: string; readonly octets: Buffer };

export function photoRoutes(ports: DeskPorts): Route[] {
  return [photoRoute(ports, 'users', users), photoRoute(ports, 'agents', agents)];
}

function photoRoute({ db }: DeskPorts, path: 'users' | 'agents', resource: Resource): Route {
  return route({
    method: 'GET',
    path: `/v1/desk/${path}/:id/photo`,
    summary: `The photo of one ${resource.kind}, as a picture`,
    dialect: 'v1',
    access: 'signed-in',
    params: IdParams,
    answers: { 200: 'text', 304: 'empty' },
    handle: async ({ actor, params: { id }, headers: asked }) => {
      mayRead(actor, resource);
      const { rows } = await sql<Photo & { readonly sha256: string }>`
        select p.media_type, p.octets, encode(p.sha256, 'hex') as sha256
        from ${sql.raw(resource.from)} join photo_octets p on p.sha256 = t.photo_sha256
        where t.id = ${id} and ${resource.visibleTo(actor) ?? sql`true`}`.execute(db);
      const [photo] = rows;
      if (photo === undefined) return refuse('record.unknown', { kind: 'photo', id });
      const headers = headersOf(photo.media_type, photo.sha256);
      if (asked['if-none-match'] === headers.etag) return { status: 304, headers };
      return { status: 200, body: photo.octets, headers };
    },
  });
}

/** The type is one of three that were recognised; a browser takes it for nothing else. */
function headersOf(mediaType: string, sha256: string) {
  return {
    'content-type': mediaType,
    etag: `"${sha256}"`,
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
  };
}
