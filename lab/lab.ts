// The lab: Larkfield's directory and key vault on loopback, and Larkfield's people in the hub's own desk.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { labCertificates } from './certificates.ts';
import { company } from './company.ts';
import { fillDesk, type Hub, isFilled, LarkfieldDesk } from './desk.ts';
import { type LabDirectory, type Ports, startDirectory } from './directory/directory.ts';
import { type LabKeyVault, startKeyVault } from './key-vault/key-vault.ts';
import { administratorDn, domain, seedLarkfield, serviceDn } from './larkfield-directory.ts';

export type LabSettings = {
  readonly dataFolder: string;
  readonly hub: Hub;
  /** Ports for the directory; those of the last start, or free ones, when left out. */
  readonly ports?: Ports;
  readonly clock: Clock;
  readonly log: Log;
};

export type Lab = AsyncDisposable & {
  readonly ldap: {
    readonly host: string;
    /** LDAPS. StartTLS stands at `plainPort`. */
    readonly port: number;
    readonly plainPort: number;
    readonly caPem: string;
    readonly baseDn: string;
    readonly bindDn: string;
    readonly password: Secret;
  };
  /** Keeps the directory's password; the hub signs in as an application that may read and list. */
  readonly keyVault: {
    readonly url: string;
    readonly caPem: string;
    readonly applicationId: string;
    readonly clientSecret: Secret;
    /** Under which name the directory's password is kept. */
    readonly passwordName: string;
  };
  /** For looking around by hand: may do everything in the lab's directory. */
  readonly administrator: { readonly dn: string; readonly password: Secret };
  readonly desk: LarkfieldDesk;
};

/** What the lab remembers beside the directory itself. */
const Remembered = z.object({
  ports: z.object({ ldap: z.int(), ldaps: z.int() }),
  administratorPassword: z.string(),
  servicePassword: z.string(),
  desk: LarkfieldDesk.nullable(),
  keyVault: z
    .object({ port: z.int(), clientSecret: z.string() })
    .default(() => ({ port: 0, clientSecret: aPassword() })),
});
type Remembered = z.infer<typeof Remembered>;

const certificateNames = ['dc1.ad.larkfield.test', 'localhost', '127.0.0.1'];

/** Fills the desk when it is empty, starts the directory, and says how to reach it. The hub must answer. */
export async function startLab(settings: LabSettings): Promise<Lab> {
  const { hub, clock, log } = settings;
  const folder = join(settings.dataFolder, 'lab');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const before = (await recall(folder)) ?? beginning();
  const desk = await deskOf(hub, before, clock);
  const filled = { ...before, desk };
  await remember(folder, filled);
  const { caPem, ...certificate } = await labCertificates(
    join(folder, 'certificates'),
    certificateNames,
    clock(),
  );
  const directory = await startOn(settings.ports, filled.ports, (ports) =>
    startDirectory({
      folder,
      domain,
      certificate,
      ports,
      clock,
      log,
      seed: (tree, now) =>
        seedLarkfield(
          {
            ...filled,
            people: company(now).people,
            haloIds: new Map(Object.entries(desk.haloIds)),
          },
          tree,
          now,
        ),
    }),
  );
  const vault = await keyVaultOf(filled, certificate, clock);
  const keyVault = { ...filled.keyVault, port: vault.port };
  await remember(folder, { ...filled, ports: directory.ports, keyVault });
  log.info('The lab directory listens', { host: directory.host, ...directory.ports });
  log.info('The lab key vault listens', { address: vault.url });
  return labOf({ directory, vault }, filled, caPem, desk);
}

function labOf(
  { directory, vault }: { readonly directory: LabDirectory; readonly vault: LabKeyVault },
  remembered: Remembered,
  caPem: string,
  desk: LarkfieldDesk,
): Lab {
  return {
    ldap: {
      host: directory.host,
      port: directory.ports.ldaps,
      plainPort: directory.ports.ldap,
      caPem,
      baseDn: domain.baseDn,
      bindDn: serviceDn,
      password: new Secret(remembered.servicePassword),
    },
    keyVault: {
      url: vault.url,
      caPem,
      applicationId,
      clientSecret: new Secret(remembered.keyVault.clientSecret),
      passwordName,
    },
    administrator: {
      dn: administratorDn,
      password: new Secret(remembered.administratorPassword),
    },
    desk,
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const tenantId = '4c61726b-6669-4c64-8f70-746963730001';
const applicationId = '4c61726b-6669-4c64-8f70-746963730002';
const passwordName = 'svc-sundog-password';

/** What it keeps is made anew at every start: what is written to it from outside is gone with it. */
async function keyVaultOf(
  { keyVault: { port, clientSecret }, servicePassword }: Remembered,
  certificate: { readonly key: string; readonly cert: string },
  clock: Clock,
): Promise<LabKeyVault> {
  const settings = {
    certificate,
    tenantId,
    identities: [
      {
        kind: 'application',
        applicationId,
        clientSecret: new Secret(clientSecret),
        role: 'user',
      },
      { kind: 'machine', role: 'user' },
    ],
    secrets: { [passwordName]: servicePassword },
    identityHeader: clientSecret,
    clock,
  } as const;
  return startOnPort(port, (free) => startKeyVault({ ...settings, port: free }));
}

/** The port of the last start; another where somebody else has taken it. */
async function startOnPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (!isTaken(error)) throw error;
    return await start(0);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** People may delete what the lab filled in: it comes back only where the whole client is gone. */
async function deskOf(hub: Hub, { desk }: Remembered, clock: Clock): Promise<LarkfieldDesk> {
  if (desk !== null && (await isFilled(hub, desk))) return desk;
  return await fillDesk(hub, company(clock()));
}

/** The ports asked for; else those of the last start, or free ones where somebody else has taken them. */
async function startOn<T>(
  asked: Ports | undefined,
  last: Ports,
  start: (ports: Ports) => Promise<T>,
): Promise<T> {
  if (asked !== undefined) return await start(asked);
  try {
    return await start(last);
  } catch (error) {
    if (!isTaken(error)) throw error;
    return await start({ ldap: 0, ldaps: 0 });
  }
}

function beginning(): Remembered {
  return {
    ports: { ldap: 0, ldaps: 0 },
    administratorPassword: aPassword(),
    servicePassword: aPassword(),
    desk: null,
    keyVault: { port: 0, clientSecret: aPassword() },
  };
}

function aPassword(): string {
  return `${randomBytes(18).toString('base64url')}-Aa1`;
}

async function recall(folder: string): Promise<Remembered | undefined> {
  try {
    return Remembered.parse(JSON.parse(await readFile(join(folder, 'lab.json'), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(
      `${join(folder, 'lab.json')} cannot be read; move ${folder} away to begin anew.`,
      {
        cause: error,
      },
    );
  }
}

async function remember(folder: string, remembered: Remembered): Promise<void> {
  const path = join(folder, 'lab.json');
  await using file = await open(`${path}.new`, 'w', 0o600);
  await file.writeFile(`${JSON.stringify(remembered, null, 2)}\n`);
  await file.datasync();
  await rename(`${path}.new`, path);
}
