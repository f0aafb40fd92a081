// A remote Halo's people as a sync needs them: lists read whole, records saved fifty at a time.
import { z } from 'zod';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import type { RemotePeople, RemoteRecord, RemoteTarget } from '#domain/ports/remote-people.ts';
import type { Reply } from './call.ts';
import { readPages } from './pages.ts';
import { saidBy } from './said.ts';
import type { Session } from './session.ts';
import { writable } from './writable.ts';

const paths: Readonly<Record<RemoteTarget, string>> = { user: 'Users', agent: 'Agent' };

/** Halo's words for "also those who left". */
const everybody: Readonly<Record<RemoteTarget, Readonly<Record<string, string>>>> = {
  user: { includeactive: 'true', includeinactive: 'true' },
  agent: { includeenabled: 'true', includedisabled: 'true' },
};

const Saved = z.object({ id: z.int32() });
const Row = z.looseObject({ id: z.int32() });

export function haloPeople(session: Session): RemotePeople {
  return {
    readAll: (target, signal) =>
      target === 'user' ? readUsers(session, signal) : readAgents(session, signal),
    async read(target, id, signal) {
      const path = `${paths[target]}/${id}`;
      const reply = await get(session, path, { includedetails: 'true' }, signal);
      if (reply.status === 404) return undefined;
      return record(session, path, fit(session, path, reply, 200));
    },
    async search(target, text) {
      const query = { ...everybody[target], search: text, count: String(searchMax) };
      const path = paths[target];
      return rowsOf(session, path, fit(session, path, await get(session, path, query), 200));
    },
    save: (target, records) => save(session, target, records),
  };
}

const searchMax = 100;

async function* readUsers(
  session: Session,
  signal?: AbortSignal,
): AsyncGenerator<readonly RemoteRecord[]> {
  const { limits } = session;
  const pages = readPages({
    name: `/api/Users of ${new URL(session.root).host}`,
    size: limits.pageSize,
    cautiousSize: limits.pageSizeCautious,
    pagesMax: limits.pagesMax,
    keyOf: (row) => {
      const read = Saved.safeParse(row);
      return read.success ? String(read.data.id) : undefined;
    },
    page: async (number, size) => {
      const paging = { pageinate: 'true', page_size: String(size), page_no: String(number) };
      const query = { ...everybody.user, order: 'id', ...paging };
      const answer = fit(session, 'Users', await get(session, 'Users', query, signal), 200);
      const { record_count: total } = z
        .looseObject({ record_count: z.int().nullish() })
        .catch({})
        .parse(answer);
      return { rows: rowsOf(session, 'Users', answer), ...(total == null ? {} : { total }) };
    },
  });
  for await (const rows of pages) yield rows.map((row) => record(session, 'Users', row));
}

/** A bare array; a Halo that wraps it has it under "agents" or "results" (halo-api.md 1.3). */
async function* readAgents(
  session: Session,
  signal?: AbortSignal,
): AsyncGenerator<readonly RemoteRecord[]> {
  const reply = await get(session, 'Agent', everybody.agent, signal);
  yield rowsOf(session, 'Agent', fit(session, 'Agent', reply, 200));
}

function rowsOf(session: Session, path: string, answer: unknown): readonly RemoteRecord[] {
  const wrapped = z
    .looseObject({
      users: z.array(z.unknown()).optional(),
      agents: z.array(z.unknown()).optional(),
      results: z.array(z.unknown()).optional(),
    })
    .safeParse(answer);
  const found = wrapped.data?.users ?? wrapped.data?.agents ?? wrapped.data?.results;
  const rows = Array.isArray(answer) ? answer : found;
  if (rows === undefined) throw malformed(session, path, 'it has no list');
  return rows.map((row) => record(session, path, row));
}

async function save(
  session: Session,
  target: RemoteTarget,
  records: readonly RemoteRecord[],
): Promise<ReturnType<RemotePeople['save']> extends Promise<infer T> ? T : never> {
  const path = paths[target];
  const reply = await session.call({
    method: 'POST',
    url: new URL(`${session.root}/api/${path}`),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(records),
    // The same change twice is as once; a creation is not.
    repeatable: records.every(({ id }) => typeof id === 'number'),
  });
  const [only] = records;
  if (reply.status >= 400) {
    if (records.length > 1) return undefined;
    if (reply.status === 404 && only?.id !== undefined) return [{ gone: true }];
    return [{ refused: saidBy(session.mask(reply.text)) || `status ${reply.status}` }];
  }
  const answer = jsonOf(session, path, reply);
  const saved = z.array(Saved).safeParse(Array.isArray(answer) ? answer : [answer]);
  if (!saved.success || saved.data.length !== records.length) return undefined;
  const isTheirs = records.every(({ id }, at) => id === undefined || id === saved.data[at]?.id);
  return isTheirs ? saved.data : undefined;
}

function get(
  session: Session,
  path: string,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
) {
  const url = new URL(`${session.root}/api/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return session.call({ method: 'GET', url, headers: {}, repeatable: true }, signal);
}

function fit(session: Session, path: string, reply: Reply, wanted: number): unknown {
  if (reply.status === wanted) return jsonOf(session, path, reply);
  const said = saidBy(session.mask(reply.text));
  throw new ApplicationRefusal(
    'application.failed',
    `${new URL(session.root).host} answers GET /api/${path} with status ${reply.status}${said === '' ? '' : ` (${said})`}; check the address and the version of that Halo.`,
    false,
  );
}

function record(session: Session, path: string, row: unknown): RemoteRecord {
  const read = Row.safeParse(row);
  if (read.success) return read.data;
  throw malformed(session, path, 'a record has no id that is a number as Halo counts');
}

function jsonOf(session: Session, path: string, reply: Reply): unknown {
  try {
    return writable(reply.text);
  } catch {
    throw malformed(session, path, 'it is not JSON');
  }
}

function malformed(session: Session, path: string, why: string): ApplicationRefusal {
  return new ApplicationRefusal(
    'answer.malformed',
    `The answer of ${new URL(session.root).host} to ${path} cannot be read (${why}); check that this address is a Halo.`,
    false,
  );
}
