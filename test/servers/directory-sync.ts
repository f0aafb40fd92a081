// A directory sync set up in a running hub as an administrator would, started, and waited for.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SyncSettings } from '#domain/sync/settings.ts';
import { approvePlan } from '#features/automation/approve.ts';
import { startRun } from '#features/automation/start-run.ts';
import { createConnection } from '#features/connections/commands.ts';
import { clients } from '#features/desk/clients/clients.ts';
import { saveRecords } from '#features/desk/resource/save.ts';
import { startSync } from '#features/directories/runs.ts';
import { commandLine, type Hub, workshopOf } from '#hub.ts';
import type { Secret } from '#lib/secret.ts';
import { peopleDn } from './many-people.ts';

/** What is read of each person and what it becomes: all that the generated people have. */
const mapping = [
  ['cn', 'name'],
  ['givenName', 'firstName'],
  ['sn', 'surname'],
  ['mail', 'email'],
  ['uid', 'login'],
  ['title', 'title'],
  ['departmentNumber', 'department'],
  ['telephoneNumber', 'phone'],
  ['mobile', 'mobile'],
  ['facsimileTelephoneNumber', 'fax'],
  ['initials', 'initials'],
  ['employeeNumber', 'other1'],
  ['%employeeType%, %street%, %postalCode% %l%', 'notes'],
] as const;

export const syncedFilter = '(objectClass=inetOrgPerson)';
/** Everything the mapping asks for, for whoever reads the same without a hub. */
export const syncedAttributes = [
  ...['entryUUID', 'cn', 'displayName', 'givenName', 'sn', 'mail', 'uid', 'title'],
  ...['departmentNumber', 'telephoneNumber', 'mobile', 'facsimileTelephoneNumber', 'initials'],
  ...['employeeNumber', 'employeeType', 'street', 'postalCode', 'l'],
] as const;

export type SyncedDirectory = {
  readonly host: string;
  readonly ports: { readonly ldaps: number };
  readonly caPem: string;
  readonly baseDn: string;
  readonly service: { readonly dn: string; readonly password: Secret };
};

/** The id of a sync of all the directory's people into one site of the desk. */
export async function aDirectorySync(
  hub: Hub,
  server: SyncedDirectory,
  { name, managers = false }: { readonly name: string; readonly managers?: boolean },
): Promise<number> {
  const { id } = await createConnection(workshopOf(hub), commandLine, {
    kind: 'ldap',
    name,
    clientId: null,
    lab: true,
    settings: {
      host: server.host,
      port: server.ports.ldaps,
      security: 'ldaps',
      bindDn: server.service.dn,
      baseDn: server.baseDn,
      ca: server.caPem,
    },
    secret: server.service.password,
  });
  const by = { actor: commandLine, now: hub.clock() };
  const [client] = await saveRecords(hub.db, clients, by, [{ name: `Larkfield ${name}` }]);
  const mapped = managers ? [...mapping, ['manager', 'manager'] as const] : mapping;
  const settings = SyncSettings.parse({
    name,
    pageSize: 1_000,
    places: [
      {
        ...{ id: await nextPlace(hub), name: 'People', target: 'user', dn: peopleDn },
        ...{ filter: syncedFilter, siteId: Number(client?.main_site_id) },
      },
    ],
    fields: mapped.map(([from, to], at) => ({ id: at + 1, target: 'user', from, to })),
    approval: 'never',
  });
  const row = await hub.db
    .insertInto('directory_syncs')
    .values({
      ...{ connection_id: id, version: 1, settings: JSON.stringify(settings), active: true },
      ...{ created_at: by.now, updated_at: by.now },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function nextPlace({ db }: Hub): Promise<number> {
  const { count } = await db
    .selectFrom('directory_syncs')
    .select((row) => row.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count) + 1;
}

export type SyncedRun = {
  readonly id: string;
  readonly state: string;
  readonly did: string | null;
  readonly read: number;
  readonly planned: number;
  readonly sentence: string;
  /** From when it was asked for to its end, as the hub wrote them down. */
  readonly seconds: number;
  /** Of these, until everything was read and planned. */
  readonly readSeconds: number;
};

/** Starts a run; the hub that runs carries it out. */
export async function beginSync(hub: Hub, syncId: number, whole: boolean): Promise<string> {
  const { runId } = await startSync(hub, syncId, { whole, purpose: 'sync' }, commandLine);
  return runId;
}

/** Waits for its end, looking now and then: whoever looks costs what is measured. */
export async function endOfSync(
  hub: Hub,
  runId: string,
  { limitMs = 240_000, everyMs = 50, meanwhile = () => {} } = {},
): Promise<SyncedRun> {
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(everyMs)) {
    meanwhile();
    const row = await lookAtSync(hub, runId);
    if (row.finished_at === null) continue;
    const since = (at: Date | null) =>
      ((at ?? row.created_at).getTime() - row.created_at.getTime()) / 1_000;
    return {
      ...{ id: row.id, state: row.state, did: row.did, sentence: row.sentence },
      ...{ read: row.read_count, planned: row.planned_count },
      ...{ seconds: since(row.finished_at), readSeconds: since(row.read_at) },
    };
  }
  const stuck = await hub.db
    .selectFrom('sync_runs')
    .selectAll()
    .where('id', '=', runId)
    .executeTakeFirst();
  throw new Error(`The sync did not end in ${limitMs} ms: ${stuck?.state} ${stuck?.sentence}`);
}

/** The run as it stands; a plan that waits for a yes gets it. */
export async function lookAtSync(hub: Hub, runId: string) {
  const row = await hub.db
    .selectFrom('sync_runs')
    .selectAll()
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  if (row.state === 'planned' && row.plan_id !== null) await sayYes(hub, row.plan_id);
  return row;
}

/** To a plan that waits for it: creating a whole company is more than a guard lets pass. */
async function sayYes(hub: Hub, planId: string): Promise<void> {
  const plan = await hub.db
    .selectFrom('plans')
    .select(['state', 'hash', 'guards', 'needs_approval'])
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  if (plan.state !== 'waiting' || !plan.needs_approval) return;
  const override = { guards: stopped.parse(plan.guards), reason: 'Everybody is new here.' };
  await approvePlan(
    hub.automation,
    planId,
    { hash: plan.hash, comment: '', override },
    commandLine,
  );
  await startRun(hub.automation, planId, commandLine);
}

const stopped = z
  .array(z.object({ name: z.string(), verdict: z.string() }))
  .transform((all) => all.filter(({ verdict }) => verdict === 'stop').map(({ name }) => name));
