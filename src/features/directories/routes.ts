// The endpoints of directory syncs under /v1: their settings, and looking at the directory.
import { z } from 'zod';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Problem, refuse } from '#domain/problem.ts';
import { listRoute, NumberPageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { audit } from '#store/audit.ts';
import { changeSync, createSync, deleteSync, type SettingsPorts } from './commands.ts';
import type { Candidate } from './connection-port.ts';
import { syncEntry } from './differences.ts';
import { hostnameOf } from './halo-reach.ts';
import { connectionOf } from './halo-save.ts';
import { ownWarningsOf } from './halo-warnings.ts';
import { listTree, lookLimits, type Preview, previewPlace, tryDirectory } from './look.ts';
import type { DirectorySync } from './model.ts';
import { getOwnSync, getSync, listSyncs } from './queries.ts';
import { checkLook } from './whose-connections.ts';
import {
  DirectorySyncChangeWire,
  DirectorySyncWire,
  NewDirectorySyncWire,
  PreviewWire,
  previewToWire,
  syncToWire,
  TreeWire,
  TriedWire,
  treeToWire,
  triedToWire,
} from './wire.ts';

export const SyncParams = z.object({ id: z.coerce.number().pipe(z.int32().positive()) });
const read = ['directory-syncs:read'] as const;
const edit = ['directory-syncs:edit'] as const;
const lookMs = 60_000;
const Text = z.string().max(1_000).default('');

export function directorySyncRoutes(ports: SettingsPorts): Route[] {
  const { db } = ports;
  const toWire = (actor: Actor, sync: DirectorySync) => spelt(ports, actor, [sync]);
  return [
    listRoute({
      path: '/v1/directory-syncs',
      summary: 'Lists directory syncs',
      access: read,
      query: NumberPageQuery,
      item: DirectorySyncWire,
      async list(actor, query) {
        const found = await listSyncs(db, actor, {
          cursor: query.cursor,
          limit: pageRows(query),
        });
        const { items, next } = pageFrom(found, query, (sync) => sync);
        return { items: await spelt(ports, actor, items), next };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/directory-syncs',
      summary: 'Makes a directory sync on a connection of the kind ldap',
      dialect: 'v1',
      access: edit,
      body: NewDirectorySyncWire,
      answers: { 201: DirectorySyncWire },
      async handle({ actor, body }) {
        const [made] = await toWire(actor, await createSync(ports, actor, body));
        return { status: 201, body: made };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id',
      summary: 'One directory sync',
      dialect: 'v1',
      access: read,
      params: SyncParams,
      answers: { 200: DirectorySyncWire },
      async handle({ actor, params }) {
        const [found] = await toWire(actor, await getSync(db, actor, params.id));
        return { status: 200, body: found };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/directory-syncs/:id',
      summary: 'Changes a directory sync; new settings plan everybody anew',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      body: DirectorySyncChangeWire,
      answers: { 200: DirectorySyncWire },
      async handle({ actor, params, body }) {
        const [after] = await toWire(actor, await changeSync(ports, actor, params.id, body));
        return { status: 200, body: after };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/directory-syncs/:id',
      summary: 'Deletes a directory sync with its history; connection and people stay',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteSync(ports, actor, params.id);
        return { status: 204 };
      },
    }),
    ...lookRoutes(ports),
  ];
}

function lookRoutes(ports: SettingsPorts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/directory-syncs/:id/test',
      summary: 'Tries the directory as the sync would use it and names the stage that fails',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      answers: { 200: TriedWire },
      async handle({ actor, params, signal }) {
        const tried = await recorded(ports, actor, params.id, {
          signal,
          look: ({ candidate, sync, within }) =>
            tryDirectory(ports.connections, candidate, sync.settings, within),
          failed: (found) => (found.ok ? undefined : `${found.stage}: ${found.sentence}`),
        });
        return { status: 200, body: triedToWire(tried) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/containers',
      summary: 'Containers and groups: by a part of the name, or directly below a DN',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      query: z.object({ below: Text }),
      answers: { 200: TreeWire },
      async handle({ actor, params, query, signal }) {
        const text = query.below.trim();
        const seen = await recorded(ports, actor, params.id, {
          signal,
          look: ({ candidate, sync, within }) =>
            looking(ports, candidate, (directory) =>
              listTree(directory, { text, baseDn: sync.settings.baseDn }, within),
            ),
        });
        return { status: 200, body: treeToWire(seen) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/directory-syncs/:id/preview',
      summary: 'Some of the people of each place',
      dialect: 'v1',
      access: edit,
      params: SyncParams,
      query: z.object({ name: Text }),
      answers: { 200: PreviewWire },
      async handle({ actor, params, query, signal }) {
        const text = query.name.trim().replace(/^\(+/, '');
        const found = await recorded(ports, actor, params.id, {
          signal,
          look: ({ candidate, sync, within }) =>
            looking(ports, candidate, (directory) => previews(directory, sync, text, within)),
        });
        return { status: 200, body: previewToWire(found) };
      },
    }),
  ];
}

type Opened = {
  readonly sync: DirectorySync;
  readonly candidate: Candidate;
  /** For all that is asked, however many places it is. */
  readonly within: AbortSignal;
};

type Look<T> = {
  readonly signal: AbortSignal;
  readonly look: (opened: Opened) => Promise<T>;
  /** What it found that is a failure all the same. */
  readonly failed?: (found: T) => string | undefined;
};

/** Whoever has the hub knock at a directory is told of, with the host and whatever came of it. */
async function recorded<T>(
  ports: SettingsPorts,
  actor: Actor,
  id: number,
  { signal, look, failed }: Look<T>,
): Promise<T> {
  refuseImpersonated(actor);
  const sync = await getOwnSync(ports.db, actor, id);
  await checkLook(ports.db, actor, sync);
  const stored = await connectionOf(ports.db, ports, actor, sync);
  const tell = (because: string | undefined) =>
    audit(ports.db, [
      {
        ...syncEntry(actor, 'directory-sync.tried', sync),
        after: hostnameOf(stored.settings),
        ...(because === undefined ? {} : { outcome: 'failed', because }),
      },
    ]);
  const candidate = { stored, settings: {}, secret: undefined };
  const within = AbortSignal.any([signal, AbortSignal.timeout(lookMs)]);
  const found = await look({ sync, candidate, within }).catch(async (error: unknown) => {
    await tell(error instanceof Problem ? error.message : 'It was not seen to the end.');
    throw error;
  });
  await tell(failed?.(found));
  return found;
}

async function previews(
  directory: Browser,
  { settings }: DirectorySync,
  text: string,
  within: AbortSignal,
): Promise<Preview[]> {
  const asked = { text, attributes: ['cn', 'mail', 'title', 'department'] };
  const all: Preview[] = [];
  for (const place of settings.places.slice(0, lookLimits.places)) {
    all.push(await previewPlace(directory, settings, place, asked, within));
  }
  return all;
}

type Browser = Awaited<ReturnType<SettingsPorts['connections']['browse']>>;

async function looking<T>(
  { connections }: SettingsPorts,
  candidate: Candidate,
  work: (directory: Browser) => Promise<T>,
): Promise<T> {
  try {
    await using directory = await connections.browse(candidate);
    return await work(directory);
  } catch (error) {
    if (!(error instanceof DirectoryRefusal)) throw error;
    refuse('directory-sync.unseen', { reason: error.message }, error);
  }
}

async function spelt(ports: SettingsPorts, actor: Actor, syncs: readonly DirectorySync[]) {
  const ids = syncs.map(({ connectionId }) => connectionId);
  const found = await ports.connections.find(ports.db, actor, ids);
  return syncs.map((sync) => {
    const connection = found.get(sync.connectionId);
    const warnings = connection === undefined ? [] : ownWarningsOf(sync, connection);
    return syncToWire(sync, connection?.name ?? '', warnings);
  });
}
