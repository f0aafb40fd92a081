// Does one thing twice: while the audit trail takes nothing, when nothing may come of it, and then as always,
// which shows that it would have been done.
import assert from 'node:assert/strict';
import pg from 'pg';
import { ask, type Told } from '#test/servers/access.ts';

export type Ids = Record<string, string | number>;

export type Step = {
  /** As the document names it: POST /api/Client. */
  readonly route: string;
  /** Where it differs from the route; `{name}` stands for what was kept under that name. */
  readonly path?: string;
  readonly json?: (ids: Ids) => unknown;
  /** A program with every scope, unless only a person may. */
  readonly as?: 'person';
  /** Members of the answer to keep, by the names the next steps use. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Tables in which something begun may be left that nobody ever sees. */
  readonly leaves?: readonly string[];
  /** Asked before it, for what it needs. */
  readonly prepare?: (walk: Walk) => Promise<void>;
};

export type Walk = {
  readonly ids: Ids;
  readonly send: (step: Step) => Promise<Told>;
  readonly get: (path: string, as?: 'person') => Promise<Told>;
};

export type Place = {
  readonly base: URL;
  readonly owner: pg.Client;
  readonly program: Readonly<Record<string, string>>;
  readonly person: Readonly<Record<string, string>>;
};

export function aWalk({ base, program, person }: Place, ids: Ids): Walk {
  const filled = (path: string) =>
    path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(ids[name] ?? name));
  const headersOf = (as: Step['as']) => (as === 'person' ? person : program);
  return {
    ids,
    send: ({ route, path, json, as }) => {
      const [method = '', said = ''] = route.split(' ');
      return ask({ base }, filled(path ?? said), {
        method,
        headers: headersOf(as),
        ...(json === undefined ? {} : { json: json(ids) }),
      });
    },
    get: (path, as) => ask({ base }, filled(path), { headers: headersOf(as) }),
  };
}

/** What is wrong with the hub at this step, in words; nothing where all is well. */
export async function take(place: Place, walk: Walk, step: Step): Promise<string | undefined> {
  await step.prepare?.(walk);
  const before = await quiet(place.owner);
  await place.owner.query('alter table audit_entries enable trigger broken');
  const refused = await walk.send(step);
  const after = await everything(place.owner);
  await place.owner.query('alter table audit_entries disable trigger broken');
  const changed = [...after].filter(
    ([name, digest]) => before.get(name) !== digest && step.leaves?.includes(name) !== true,
  );
  const done = await walk.send(step);
  for (const [member, name] of Object.entries(step.keep ?? {})) {
    const value = valueAt(done.json, member);
    if (typeof value === 'string' || typeof value === 'number') walk.ids[name] = value;
  }
  if (refused.status < 500) return `${step.route} answered ${refused.status}: ${refused.text}`;
  if (changed.length > 0) return `${step.route} changed ${changed.map(([name]) => name).join()}`;
  if (done.status >= 400) return `${step.route} is not valid: ${done.status} ${done.text}`;
  return undefined;
}

export async function breakable(connectionString: string): Promise<pg.Client> {
  const owner = new pg.Client({ connectionString });
  await owner.connect();
  await owner.query(`
    create function broken() returns trigger language plpgsql as $$
      begin raise exception 'the audit trail is full'; end $$;
    create trigger broken before insert on audit_entries
      for each statement execute function broken();
    alter table audit_entries disable trigger broken`);
  return owner;
}

/** What moves by itself, or counts tries: it tells of no act. */
const restless = new Set([
  ...['attempts', 'audit_pending', 'audit_chain', 'audit_checkpoints', 'schema_migrations'],
  // When a caller came last, and what jobs and probes note meanwhile.
  ...['sessions', 'tokens', 'application_keys', 'outbox'],
]);
const quietTries = 40;

/** The digests, once two in a row are the same: what an earlier step set going has come to rest. */
export async function quiet(owner: pg.Client): Promise<Map<string, string>> {
  let last = await everything(owner);
  for (let tries = 0; tries < quietTries; tries += 1) {
    const next = await everything(owner);
    if ([...next].every(([name, digest]) => last.get(name) === digest)) return next;
    last = next;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return assert.fail('the hub does not come to rest');
}

/** Written by the clock: when a schedule is due next, and how a connection was found when it was last tried. */
const byClock = [
  ...['next_run_at', 'next_at', 'checked_at', 'broken_since'],
  ...['health', 'health_stage', 'health_code', 'health_sentence'],
];
const told = `(to_jsonb(t) - '{${byClock.join()}}'::text[])::text`;

/** A digest of every table. */
export async function everything(owner: pg.Client): Promise<Map<string, string>> {
  const { rows } = await owner.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  );
  const digests = rows
    .filter(({ name }) => !restless.has(name))
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(coalesce(string_agg(${told}, '' order by ${told}), '')) as digest from ${name} t`,
    );
  const { rows: found } = await owner.query<{ name: string; digest: string }>(
    digests.join(' union all '),
  );
  return new Map(found.map(({ name, digest }) => [name, digest]));
}

function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split('.')) {
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined;
  }
  return found;
}
