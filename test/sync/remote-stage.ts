// A stage for syncs into a remote Halo: a directory to read, another hub's desk to write to, and what may go wrong there.
import { after, before } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { applySet } from '#features/directories/apply.ts';
import type { RemoteDesk } from '#features/directories/ports.ts';
import { addressOf, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { aRemoteHalo, type RemoteHalo } from '#test/servers/remote-halo.ts';
import { aSyncStage, fields, type SyncStage } from './stage.ts';

export type RemoteScene = {
  readonly directory: Stage;
  readonly halo: RemoteHalo;
  readonly stage: SyncStage;
  /** What happens to the Halo as it is opened. */
  bend: (desk: RemoteDesk) => RemoteDesk;
  /** Before a set is applied. */
  onApply: () => void;
};

/** For the specs of one file, which share the directory's server. */
export function remoteScenes(): (work: (scene: RemoteScene) => Promise<void>) => Promise<void> {
  let lab: LabDirectoryServer;
  before(async () => {
    lab = await labDirectory();
  });
  after(async () => {
    await lab[Symbol.asyncDispose]();
  });
  return (work) => withRemote(lab, work);
}

/** A sync of everybody's into another hub's desk. */
async function withRemote(
  lab: LabDirectoryServer,
  work: (scene: RemoteScene) => Promise<void>,
): Promise<void> {
  await using directory = await aStage(lab, openLdapDirectory);
  await using halo = await aRemoteHalo();
  const bending = { bend: (desk: RemoteDesk) => desk, onApply: () => {} };
  await using stage = await aSyncStage({
    open: () => openLdapScanner(addressOf(lab), lab.service.password),
    openRemote: async () => bending.bend(await halo.open()),
    async apply(ports, set) {
      bending.onApply();
      await applySet(ports, set);
    },
    settings: { places: [placeIn(directory, halo)], fields },
  });
  await using _ = await stage.work();
  await work(Object.assign(bending, { directory, halo, stage }));
}

export function placeIn(directory: Stage, halo: RemoteHalo, more: object = {}) {
  const { bristol } = halo.server.larkfield;
  return {
    ...{ id: 1, name: 'People', target: 'user', dn: directory.container, siteId: bristol },
    ...more,
  };
}

export function addOne(
  directory: Stage,
  name: string,
  mail: string,
  more: Record<string, string> = {},
) {
  return directory.addUser(name, { displayName: name, mail, ...more });
}

export type RemoteUser = {
  readonly id: number;
  readonly name: string;
  readonly emailaddress: string;
  readonly inactive: boolean;
};

/** Everybody whom the remote Halo has of the directory. */
export async function usersOfRemote({
  halo,
}: Pick<RemoteScene, 'halo'>): Promise<readonly RemoteUser[]> {
  const path = '/api/Users?count=1000&includeinactive=true&includeactive=true';
  const { body } = await halo.server.get(path);
  const all: readonly RemoteUser[] = body.users;
  return all
    .filter(({ emailaddress }) => emailaddress?.endsWith('@larkfield.test'))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
