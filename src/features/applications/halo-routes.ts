// /api/Application: API applications as Halo's clients manage them. Secrets stand in one answer each.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import type { Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { enveloped, listAnswer, pageOf, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { GuidParams, reading } from '#http/halo/query.ts';
import { readTime } from '#http/halo/time.ts';
import { type Route, type RouteOf, route } from '#http/route.ts';
import { inTransaction } from '#store/db.ts';
import {
  type Change,
  changeApplication,
  createApplication,
  enableApplication,
  removeApplication,
  removeKey,
  renewKey,
  renewSecret,
} from './commands.ts';
import { HaloApplication, methods, toHalo } from './halo-wire.ts';
import { type Application, type ApplicationKind, Scope } from './model.ts';
import { type ApplicationPorts, checkOwners } from './owners.ts';
import { countApplications, findApplication, listKeys, pageOfApplications } from './queries.ts';

const own = { dialect: 'halo', access: ['admin'] } as const satisfies Partial<
  RouteOf<undefined, undefined, undefined>
>;

export function haloApplicationRoutes(ports: ApplicationPorts): Route[] {
  const { db } = ports;
  return [
    route({
      ...own,
      method: 'GET',
      path: '/api/Application',
      summary: 'Lists API applications',
      query: z.object({ ...paging, search: reading.text }),
      answers: { 200: listAnswer(HaloApplication) },
      handle: async ({ query }) => {
        const page = pageOf(query);
        const found = await pageOfApplications(db, { ...page, search: query.search });
        const list = {
          rows: await Promise.all(found.map((application) => shown(ports, application))),
          recordCount: await countApplications(db, query.search),
          pageNo: page.pageNo,
          pageSize: page.pageSize ?? found.length,
        };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      ...own,
      method: 'GET',
      path: '/api/Application/:id',
      summary: 'One API application',
      params: GuidParams,
      query: z.object({ includedetails: reading.flag }),
      answers: { 200: HaloApplication },
      handle: async ({ params: { id } }) => ({
        status: 200,
        body: await shown(ports, await known(ports, id)),
      }),
    }),
    route({
      ...own,
      method: 'POST',
      path: '/api/Application',
      summary: 'Makes or changes API applications; a secret or key is told this once',
      body: oneOrMany(HaloApplication),
      answers: savedAnswer(HaloApplication),
      handle: async ({ body, actor }) => {
        // All of them or none: a secret that was told to nobody would be no secret.
        const all = await inTransaction(db, async (tx) => {
          const done: HaloApplication[] = [];
          for (const one of body) done.push(await save({ ...ports, db: tx }, one, actor));
          return done;
        });
        return saved(all);
      },
    }),
    route({
      ...own,
      method: 'DELETE',
      path: '/api/Application/:id',
      summary: 'Deletes an API application with its tokens and keys',
      params: GuidParams,
      answers: { 200: HaloApplication },
      handle: async ({ params: { id }, actor }) => {
        const before = await shown(ports, await known(ports, id));
        await removeApplication(db, id, actor);
        return { status: 200, body: before };
      },
    }),
  ];
}

async function known({ db }: ApplicationPorts, id: string): Promise<Application> {
  const guid = z.guid().safeParse(id);
  const found = guid.success ? await findApplication(db, guid.data.toLowerCase()) : undefined;
  return found ?? refuse('record.unknown', { kind: 'application', id: id.slice(0, 60) });
}

async function shown(
  { db, agents }: ApplicationPorts,
  application: Application,
): Promise<HaloApplication> {
  const { id, agentId, boundClientId } = application;
  const keys = await listKeys(db, [id]);
  const agent = agentId === undefined ? undefined : await agents.find(agentId);
  const client =
    boundClientId === undefined
      ? undefined
      : await db
          .selectFrom('desk_clients')
          .select('name')
          .where('id', '=', boundClientId)
          .executeTakeFirst();
  return toHalo(application, keys.get(id) ?? [], { agent: agent?.name, client: client?.name });
}

/** One object: made, or changed and then given what it was ordered; the answer holds what is told once. */
async function save(
  ports: ApplicationPorts,
  given: HaloApplication,
  actor: Actor,
): Promise<HaloApplication> {
  const warned =
    given.allowusers === true
      ? { _warning: 'Users of the desk do not sign in to applications; allowusers does nothing.' }
      : {};
  const told =
    (given.id ?? '') === ''
      ? await create(ports, given, actor)
      : await change(ports, await known(ports, given.id ?? ''), given, actor);
  return { ...(await shown(ports, await known(ports, told.id))), ...told.once, ...warned };
}

type Told = { readonly id: string; readonly once: HaloApplication };

async function create(
  ports: ApplicationPorts,
  given: HaloApplication,
  actor: Actor,
): Promise<Told> {
  const { db, clock } = ports;
  if ((given.displayName ?? '') === '') {
    refuse('record.incomplete', { kind: 'application', member: 'a displayName' });
  }
  const owners = ownersOf(given);
  await checkOwners(ports, owners);
  const made = await createApplication(
    db,
    {
      ...owners,
      name: given.displayName ?? '',
      kind: kindOf(given),
      scopes: scopesOf(given) ?? [],
      redirectUris: redirectsOf(given) ?? [],
      allowAgents: given.allowagents ?? true,
      isPublic: given._ispublic ?? false,
    },
    actor,
    clock(),
  );
  const { id } = made.application;
  if (given.inactive === true) await enableApplication(db, id, false, actor, clock());
  return {
    id,
    once: {
      ...(made.clientSecret === undefined ? {} : { clientSecret: made.clientSecret.reveal() }),
      ...(made.apiKey === undefined ? {} : { apikey1: made.apiKey.reveal() }),
    },
  };
}

async function change(
  ports: ApplicationPorts,
  application: Application,
  given: HaloApplication,
  actor: Actor,
): Promise<Told> {
  const { db, clock } = ports;
  const { id, kind, enabled } = application;
  const asked = given.grant_type ?? given.authentication_method ?? undefined;
  if (asked !== undefined && kindOf(given) !== kind) {
    refuse('application.misfit', { reason: 'its kind cannot be changed: make another instead' });
  }
  const owners = ownersOf(given);
  await checkOwners(ports, owners);
  const [scopes, redirectUris] = [scopesOf(given), redirectsOf(given)];
  const changes: Change = {
    ...owners,
    ...((given.displayName ?? '') === '' ? {} : { name: given.displayName ?? '' }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(typeof given.allowagents === 'boolean' ? { allowAgents: given.allowagents } : {}),
  };
  await changeApplication(db, id, changes, actor, clock());
  if (typeof given.inactive === 'boolean' && given.inactive === enabled) {
    await enableApplication(db, id, !given.inactive, actor, clock());
  }
  return { id, once: await ordered(ports, id, given, actor) };
}

/** Renewals and removals that the object orders besides. */
async function ordered(
  { db, clock }: ApplicationPorts,
  id: string,
  given: HaloApplication,
  actor: Actor,
): Promise<HaloApplication> {
  let once: HaloApplication = {};
  if (given._renew_secret === true) {
    const secret = await renewSecret(db, id, actor, clock());
    once = { ...once, clientSecret: secret.reveal() };
  }
  for (const slot of [1, 2] as const) {
    if (given[`_delete_apikey${slot}`] === true) await removeKey(db, id, slot, actor);
    if (given[`_renew_apikey${slot}`] !== true) continue;
    const ends = given[`apikey${slot}_expirydate`];
    const expiresAt = typeof ends === 'string' ? readTime(ends) : undefined;
    const key = await renewKey(db, { id, slot, expiresAt }, actor, clock());
    once = { ...once, [`apikey${slot}`]: key.reveal() };
  }
  return once;
}

function kindOf({ grant_type, authentication_method }: HaloApplication): ApplicationKind {
  const word = grant_type?.toLowerCase();
  const found = kinds.find(([, { code, grant }]) =>
    word === undefined || word === '' ? code === authentication_method : grant === word,
  );
  if (found !== undefined) return found[0];
  if ((word ?? '') === '' && (authentication_method ?? null) === null) return 'client-secret';
  return refuse('application.misfit', {
    reason: `grant_type is one of ${kinds.map(([, { grant }]) => grant).join(', ')}`,
  });
}

const kinds: readonly (readonly [ApplicationKind, (typeof methods)[ApplicationKind]])[] = [
  ['client-secret', methods['client-secret']],
  ['username-password', methods['username-password']],
  ['authorization-code', methods['authorization-code']],
  ['api-key', methods['api-key']],
];

/** 0 and null take away; a member that is left out says nothing. */
function ownersOf(given: HaloApplication): Pick<Change, 'agentId' | 'boundClientId'> {
  const { loginas_agent_id, loginas_client_id } = given;
  return {
    ...(loginas_agent_id === undefined ? {} : { agentId: loginas_agent_id || undefined }),
    ...(loginas_client_id === undefined ? {} : { boundClientId: loginas_client_id || undefined }),
  };
}

function scopesOf({ scopes, permissions }: HaloApplication): readonly Permission[] | undefined {
  const named = scopes ?? undefined;
  const words =
    named === undefined
      ? permissions?.split(/[\s,]+/).filter((word) => word !== '')
      : named.map(({ name }) => name ?? '');
  return words?.map((word) => {
    const scope = Scope.safeParse(word);
    if (scope.success) return scope.data;
    return refuse('application.misfit', { reason: `there is no scope "${word.slice(0, 60)}"` });
  });
}

function redirectsOf(given: HaloApplication): readonly string[] | undefined {
  const list = given.redirecturi_list ?? undefined;
  if (list !== undefined) return list.map(({ value }) => value ?? '');
  const one = given.redirecturi ?? '';
  return one === '' ? undefined : one.split(/[\s,]+/).filter((uri) => uri !== '');
}
