// Halo as an application: any request below its own address, and the rows of any list.
import { compile, type JSONPathQuery, type JSONValue } from 'json-p3';
import { z } from 'zod';
import {
  type Application,
  ApplicationRefusal,
  type RenderedRequest,
  type RowsRequest,
} from '#domain/ports/application.ts';
import { type Page, readPages } from './pages.ts';
import { saidBy } from './said.ts';
import type { Ask, Session } from './session.ts';

export function haloApplication(session: Session): Pick<Application, 'send' | 'readRows'> {
  return {
    async send(request, signal) {
      const reply = await session.call(askFor(session, request, {}), signal);
      return { ...reply, text: session.mask(reply.text) };
    },
    readRows: (rows, signal) => readRows(session, rows, signal),
  };
}

async function* readRows(
  session: Session,
  { request, rowsPath, keyPath, paging, pagesMax }: RowsRequest,
  signal?: AbortSignal,
): AsyncGenerator<readonly unknown[]> {
  const rows = compiled(rowsPath);
  const key = keyPath === undefined ? undefined : compiled(keyPath);
  const total =
    paging.kind === 'page-number' && paging.totalPath !== undefined
      ? compiled(paging.totalPath)
      : undefined;
  const { pathname, host } = urlFor(session, request, {});
  const name = `${pathname} of ${host}`;
  const ask = async (parameters: Readonly<Record<string, string>>): Promise<Page> => {
    const reply = await session.call(askFor(session, request, parameters), signal);
    if (reply.status >= 300) {
      const said = saidBy(session.mask(reply.text));
      const words = said === '' ? '' : ` (${said})`;
      throw new ApplicationRefusal(
        'application.failed',
        `${name} answers with status ${reply.status}${words}; correct the endpoint's request.`,
        false,
        { status: reply.status, text: session.mask(reply.text.slice(0, 10_000)) },
      );
    }
    return pageFrom(name, reply.text, rows, total);
  };
  const checks = key === undefined ? {} : { keyOf: (row: unknown) => keyIn(row, key) };
  if (paging.kind === 'none') {
    const page = await ask({});
    const whole = { ...page, total: page.rows.length };
    const size = Math.max(1, page.rows.length);
    yield* readPages({
      name,
      size,
      cautiousSize: size,
      pagesMax: 1,
      page: async () => whole,
      ...checks,
    });
    return;
  }
  yield* readPages({
    name,
    size: paging.pageSize,
    cautiousSize: Math.min(paging.pageSize, session.limits.pageSizeCautious),
    pagesMax,
    page: (number, size) =>
      ask({ [paging.pageParameter]: String(number), [paging.sizeParameter]: String(size) }),
    ...checks,
  });
}

/** Headers that the connector or HTTP itself sets; a request that brings one of its own is refused. */
const ownHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'accept-encoding',
]);

function askFor(
  session: Session,
  request: RenderedRequest,
  parameters: Readonly<Record<string, string>>,
): Ask {
  const bad = Object.keys(request.headers).find((name) => ownHeaders.has(name.toLowerCase()));
  if (bad !== undefined) {
    throw refused(`the header ${bad} is set by the connection; leave it out of the request`);
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { body } = request;
  return {
    method: request.method,
    url: urlFor(session, request, parameters),
    headers: body === undefined ? headers : { ...headers, 'content-type': body.mediaType },
    repeatable: request.method === 'GET',
    ...(body === undefined ? {} : { body: body.text }),
  };
}

/** The address asked for, which must lie below the connection's own: its token goes nowhere else. */
function urlFor(
  session: Session,
  request: RenderedRequest,
  parameters: Readonly<Record<string, string>>,
): URL {
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(request.url);
  const text = absolute ? request.url : `${session.root}/${request.url.replace(/^[/\\]+/, '')}`;
  if (!URL.canParse(text)) throw refused(`"${request.url}" is no address`);
  const url = new URL(text);
  const root = new URL(session.root);
  const below = url.pathname === root.pathname || url.pathname.startsWith(slashed(root.pathname));
  if (url.origin !== root.origin || !below || url.username !== '' || url.password !== '') {
    throw new ApplicationRefusal(
      'address.refused',
      `${url.origin}${url.pathname} is not below ${session.root}; a request may only go to the address of its connection.`,
      false,
    );
  }
  url.hash = '';
  for (const [name, value] of Object.entries({ ...request.parameters, ...parameters })) {
    url.searchParams.set(name, value);
  }
  return url;
}

function slashed(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function refused(why: string): ApplicationRefusal {
  return new ApplicationRefusal('request.refused', `The request is not sent: ${why}.`, false);
}

function compiled(path: string): JSONPathQuery {
  try {
    return compile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw refused(`"${path}" is no JSONPath (${why})`);
  }
}

function pageFrom(
  name: string,
  text: string,
  rowsPath: JSONPathQuery,
  totalPath: JSONPathQuery | undefined,
): Page {
  const malformed = (why: string) =>
    new ApplicationRefusal(
      'answer.malformed',
      `The answer of ${name} cannot be read: ${why}.`,
      false,
    );
  let answer: JSONValue;
  try {
    answer = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  const [found, ...others] = rowsPath.query(answer).values();
  if (!Array.isArray(found) || others.length > 0)
    throw malformed('its path to the rows leads to no list');
  const row = found.findIndex((one) => typeof one !== 'object' || one === null);
  if (row >= 0) throw malformed(`row ${row + 1} is no object`);
  if (totalPath === undefined) return { rows: found };
  const total = z.coerce.number().int().min(0).safeParse(totalPath.query(answer).values()[0]);
  if (!total.success) throw malformed('its path to the number of records leads to no number');
  return { rows: found, total: total.data };
}

const Key = z.union([z.string().min(1), z.number()]);

function keyIn(row: unknown, path: JSONPathQuery): string | undefined {
  const value = z.json().safeParse(row);
  const key = Key.safeParse(value.success ? path.query(value.data).values()[0] : undefined);
  return key.success ? String(key.data) : undefined;
}
