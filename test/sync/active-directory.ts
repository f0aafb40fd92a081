// Scenes of syncs against a real Active Directory: units and sites of Larkfield, read by DirSync.
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import type { SyncSettings } from '#domain/sync/settings.ts';
import { childDn } from '#lib/dn.ts';
import { addressOf, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { samba } from '#test/servers/samba.ts';
import { aSyncStage, type RunRow, type SyncStage, synced, users } from './stage.ts';

export type Sites = { readonly bristol: number; readonly porto: number };

export type Scene = {
  readonly directory: Stage;
  readonly stage: SyncStage;
};

const ofUsers = [
  { id: 11, target: 'user', from: 'displayName', to: 'name' },
  { id: 12, target: 'user', from: 'mail', to: 'email' },
  { id: 13, target: 'user', from: 'manager', to: 'manager' },
];
export const ofAgents = [
  { id: 21, target: 'agent', from: 'displayName', to: 'name' },
  { id: 22, target: 'agent', from: 'mail', to: 'email' },
  { id: 23, target: 'agent', from: 'sAMAccountName', to: 'login' },
];
/** None of the guards is meant here but those that are named. */
const wide = { count: 10_000, percent: 100 };
const limits = {
  ...{ disables: wide, keyAttributes: wide, creations: wide, moves: wide, lostRecords: wide },
};

export async function withScene(
  settings: (
    directory: Stage,
    sites: Sites,
  ) => {
    readonly [name in keyof SyncSettings]?: unknown;
  },
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  const server = await samba();
  await using directory = await aStage(server, openLdapDirectory);
  for (const unit of ['Bristol', 'Porto']) {
    const dn = childDn('OU', unit, directory.container);
    await directory.administrator.add(dn, { objectClass: 'organizationalUnit' });
  }
  await using stage = await aSyncStage({
    async open() {
      const scanned = await openLdapScanner(addressOf(server), server.service.password);
      assert.equal(await scanned.manner(), 'dirsync');
      return scanned;
    },
    settings: { limits },
  });
  const [bristol, porto] = await sites(stage);
  await stage.settings(settings(directory, { bristol, porto }));
  await using _ = await stage.work();
  await work({ directory, stage });
}

async function sites({ database: { db } }: SyncStage): Promise<[number, number]> {
  const now = new Date();
  const row = { client_id: 1, created_at: now, updated_at: now };
  const [bristol, porto] = await db
    .insertInto('desk_sites')
    .values([
      { ...row, name: 'Bristol' },
      { ...row, name: 'Porto' },
    ])
    .returning('id')
    .execute();
  return [bristol?.id ?? 0, porto?.id ?? 0];
}

export function twoUnits(directory: Stage, { bristol, porto }: Sites) {
  const place = (id: number, unit: string, siteId: number) => ({
    ...{ id, name: unit, target: 'user', siteId },
    dn: childDn('OU', unit, directory.container),
  });
  return { places: [place(1, 'Bristol', bristol), place(2, 'Porto', porto)], fields: ofUsers };
}

/** A person of Larkfield in one of the units, enabled unless it is said otherwise. */
export async function addPerson(
  { directory }: Pick<Scene, 'directory'>,
  unit: string,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [first = ''] = name.split(' ');
  const mail = `${first.toLowerCase()}@larkfield.test`;
  const dn = await directory.addUser(name, { displayName: name, mail, ...attributes });
  const there = childDn('CN', name, childDn('OU', unit, directory.container));
  await directory.administrator.modifyDN(dn, there);
  return there;
}

/** By DirSync alone, unless somebody else made a container in the same domain meanwhile. */
export async function byDirSync({ stage }: Scene): Promise<RunRow> {
  const run = await synced(stage);
  assert.equal(run.state, 'done', run.sentence);
  if (run.did === 'whole') assert.match(run.whole_because ?? '', /A container of the directory/);
  return run;
}

/** DirSync shows no tombstones to a service account: after a day everybody is read, and whoever is missing is gone. */
export async function withDeletions({ stage }: Scene): Promise<RunRow> {
  await sql`update directory_syncs set last_whole_at = last_whole_at - interval '25 hours'`.execute(
    stage.database.db,
  );
  const run = await synced(stage);
  assert.equal(run.state, 'done', run.sentence);
  assert.equal(run.did, 'whole');
  assert.match(
    run.whole_because ?? '',
    /does not show every deletion|A container of the directory/,
  );
  return run;
}

export async function firstSync(stage: SyncStage): Promise<RunRow> {
  const run = await synced(stage);
  assert.equal(run.state, 'done', run.sentence);
  assert.equal(run.did, 'whole');
  return run;
}

export async function byName(stage: SyncStage) {
  return new Map((await users(stage)).map((user) => [user.name, user]));
}
