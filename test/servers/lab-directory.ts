// The lab's own directory in a temporary folder, as the tests of directories want a server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labCertificates } from '#lab/certificates.ts';
import { company } from '#lab/company.ts';
import { type LabDirectory, startDirectory } from '#lab/directory/directory.ts';
import {
  administratorDn,
  domain,
  groupsDn,
  peopleDn,
  seedLarkfield,
  serviceDn,
} from '#lab/larkfield-directory.ts';
import { type Clock, systemClock } from '#lib/clock.ts';
import { silentLog } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import type { DirectoryServer } from './directory-server.ts';

export type LabDirectoryServer = DirectoryServer &
  AsyncDisposable & {
    readonly folder: string;
    readonly directory: LabDirectory;
    /** Ends the server without a word to anybody and starts it again on the same folder. */
    restarted(): Promise<LabDirectoryServer>;
  };

const administratorPassword = 'Larkfield-Admin-1';
const servicePassword = 'Larkfield-Service-1';

export async function labDirectory(clock: Clock = systemClock): Promise<LabDirectoryServer> {
  return await labDirectoryIn(await mkdtemp(join(tmpdir(), 'sundog-lab-')), clock);
}

/** Starts it on a folder that is there, whatever happened to whoever used it before. */
export async function labDirectoryIn(
  folder: string,
  clock: Clock = systemClock,
): Promise<LabDirectoryServer> {
  const { caPem, ...certificate } = await labCertificates(
    join(folder, 'certificates'),
    ['dc1.ad.larkfield.test', 'localhost', '127.0.0.1'],
    // TLS goes by the machine's own time, whatever the test's clock says.
    new Date(),
  );
  const { people } = company(clock());
  const haloIds = new Map(people.map(({ key, haloId }) => [key, haloId]));
  const seed = { people, haloIds, administratorPassword, servicePassword };
  const directory = await startDirectory({
    folder,
    domain,
    certificate,
    ports: { ldap: 0, ldaps: 0 },
    clock,
    log: silentLog,
    seed: (tree, now) => seedLarkfield(seed, tree, now),
  });
  return {
    folder,
    directory,
    host: directory.host,
    ports: directory.ports,
    caPem,
    baseDn: domain.baseDn,
    administrator: { dn: administratorDn, password: new Secret(administratorPassword) },
    service: { dn: serviceDn, password: new Secret(servicePassword) },
    people: peopleDn,
    groups: groupsDn,
    finePolicies: false,
    async restarted() {
      await directory[Symbol.asyncDispose]();
      return await labDirectoryIn(folder, clock);
    },
    async [Symbol.asyncDispose]() {
      await directory[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
