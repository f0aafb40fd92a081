// An attachment as a file: always downloaded, never run or shown by the browser as one of our pages.
import { sql } from 'kysely';
import { refuse } from '#domain/problem.ts';
import { type DeskPorts, mayRead } from '#features/desk/resource/routes.ts';
import { IdParams } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { attachments } from './attachments.ts';

type File = { readonly filename: string; readonly data: Buffer };

export function fileRoute({ db }: DeskPorts): Route {
  return route({
    method: 'GET',
    path: '/api/Attachment/:id/file',
    summary: 'The bytes of one attachment, to be saved',
    dialect: 'halo',
    access: 'signed-in',
    params: IdParams,
    answers: { 200: 'text' },
    handle: async ({ actor, params: { id } }) => {
      mayRead(actor, attachments);
      const { rows } = await sql<File>`
        select t.filename, d.data from attachments t join attachment_data d on d.attachment_id = t.id
        where t.id = ${id} and ${attachments.visibleTo(actor) ?? sql`true`}`.execute(db);
      const [file] = rows;
      if (file === undefined) return refuse('record.unknown', { kind: 'attachment', id });
      return { status: 200, body: file.data, headers: headersOf(file.filename) };
    },
  });
}

/** RFC 6266 §4.3, with the name of RFC 8187; the type said is nobody's who uploaded it. */
function headersOf(filename: string): Readonly<Record<string, string>> {
  const plain = filename.replace(/[^\w.-]/g, '_');
  const whole = encodeURIComponent(filename).replace(/['()*]/g, percent);
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${whole}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
  };
}

function percent(one: string): string {
  return `%${one.charCodeAt(0).toString(16).toUpperCase()}`;
}
