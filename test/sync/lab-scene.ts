// Scenes of syncs against the lab's directory, which any machine has: a container of its own and the hub's own desk.
import { after, before } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { writePeople } from '#features/desk/people/write.ts';
import { applySet } from '#features/directories/apply.ts';
import type { ScannedDirectory, WritePeople } from '#features/directories/ports.ts';
import { addressOf, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { aSyncStage, fields, type SyncStage, users } from './stage.ts';

export type Scene = {
  readonly directory: Stage;
  readonly stage: SyncStage;
  /** What happens to a directory as it is opened. */
  bend: (scanned: ScannedDirectory) => ScannedDirectory;
  /** How the desk writes, and how sets are applied; as ever by default. */
  write: WritePeople;
  apply: typeof applySet;
  /** People with a name and an address; gives their DNs. */
  add(...names: readonly string[]): Promise<readonly string[]>;
};

/** Whether workers do the jobs meanwhile, as they do by default. */
type Working = { readonly working?: boolean };

/** For the specs of one file, which share the server. */
export function labScenes(): (
  work: (scene: Scene) => Promise<void>,
  given?: Working,
) => Promise<void> {
  let server: LabDirectoryServer;
  before(async () => {
    server = await labDirectory();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
  });
  return (work, given = {}) => withScene(server, work, given);
}

async function withScene(
  server: LabDirectoryServer,
  work: (scene: Scene) => Promise<void>,
  { working = true }: Working,
): Promise<void> {
  await using directory = await aStage(server, openLdapDirectory);
  const bending = {
    ...{ bend: (scanned: ScannedDirectory) => scanned, write: writePeople, apply: applySet },
  };
  await using stage = await aSyncStage({
    write: (...asked) => bending.write(...asked),
    apply: (...asked) => bending.apply(...asked),
    open: async () =>
      bending.bend(await openLdapScanner(addressOf(server), server.service.password)),
    settings: {
      places: [{ id: 1, name: 'People', target: 'user', dn: directory.container, siteId: 1 }],
      fields,
    },
  });
  const scene = Object.assign(bending, {
    ...{ directory, stage },
    add: (...names: readonly string[]) =>
      Promise.all(
        names.map((name) => directory.addUser(name, { displayName: name, mail: mailOf(name) })),
      ),
  });
  await using _ = working ? await stage.work() : { [Symbol.asyncDispose]: async () => {} };
  await work(scene);
}

function mailOf(name: string): string {
  return `${name.split(' ')[0]?.toLowerCase()}@larkfield.test`;
}

/** The names of the users who may work. */
export async function active({ stage }: Scene): Promise<string[]> {
  return (await users(stage)).filter(({ inactive }) => !inactive).map(({ name }) => name);
}

export const six = ['Ana One', 'Bea Two', 'Cid Three', 'Dov Four', 'Eva Five', 'Fin Six'];
