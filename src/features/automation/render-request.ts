// Fills a request template in: each macro spelt for the place it stands in, {Host-Name} by the connection.
import { fillIn, fillTemplate, type MacroScope, readTemplate } from '#domain/macro.ts';
import type { RenderedRequest } from '#domain/ports/application.ts';
import { refuse } from '#domain/problem.ts';
import type { RequestTemplate } from '#domain/request.ts';
import type { LookPorts } from './ports.ts';

/** What a connection gives its requests. */
export type RequestPlace = {
  /** Scheme, host and port: where the connection really is. */
  readonly origin: string | null;
  readonly host: string;
  readonly tenant: string | null;
};

export async function placeOf(
  { findConnections }: Pick<LookPorts, 'findConnections'>,
  connectionId: string,
): Promise<RequestPlace> {
  const found = (await findConnections([connectionId])).get(connectionId);
  if (found === undefined) refuse('record.unknown', { kind: 'connection', id: connectionId });
  return found;
}

export function renderRequest(
  template: RequestTemplate,
  scope: MacroScope,
  place: RequestPlace,
): RenderedRequest {
  const braces = {
    'Host-Name': place.host,
    ...(place.tenant === null ? {} : { tenantname: place.tenant }),
    ...scope.braces,
  };
  const filled = { ...scope, braces };
  const body = bodyOf(template, filled);
  return {
    method: template.method,
    url: atOrigin(fillIn(template.url, 'url', filled), place),
    headers: Object.fromEntries(
      template.headers.map(({ name, value }) => [name, fillIn(value, 'header', filled)]),
    ),
    parameters: Object.fromEntries(
      template.parameters.map(({ name, value }) => [name, plainly(value, filled)]),
    ),
    ...(body === undefined ? {} : { body }),
  };
}

/** {Host-Name} is the connection's host however it is reached: a lab's Halo has no certificate. */
function atOrigin(url: string, { origin, host }: RequestPlace): string {
  const secure = `https://${host}`;
  const rest = url.slice(secure.length);
  const isHost = url.startsWith(secure) && (rest === '' || /^[/?#]/.test(rest));
  return isHost && origin !== null ? `${origin}${rest}` : url;
}

function bodyOf({ body }: RequestTemplate, scope: MacroScope): RenderedRequest['body'] {
  switch (body.kind) {
    case 'none':
      return undefined;
    case 'form':
      return {
        mediaType: 'application/x-www-form-urlencoded',
        text: new URLSearchParams(
          body.fields.map(({ name, value }): [string, string] => [name, plainly(value, scope)]),
        ).toString(),
      };
    case 'json':
      return { mediaType: 'application/json', text: fillIn(body.text, 'json', scope) };
    case 'xml':
      return { mediaType: 'application/xml', text: fillIn(body.text, 'xml', scope) };
    case 'text':
      return { mediaType: 'text/plain; charset=utf-8', text: plainly(body.text, scope) };
  }
}

/** As it is: what stands here is spelt for its place as a whole, by whoever sends it. */
function plainly(text: string, scope: MacroScope): string {
  return fillTemplate(readTemplate(text, { braces: true }), 'plain', scope);
}
