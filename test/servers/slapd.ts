// A plain LDAP directory for the tests: OpenLDAP's slapd on loopback, with a few people of the lab company.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority, type CertificateAuthority } from './certificates.ts';
import { skipWithout } from './servers.ts';

export type Slapd = AsyncDisposable & {
  readonly host: string;
  readonly ports: { readonly ldap: number; readonly ldaps: number };
  readonly caPem: string;
  readonly caFile: string;
  readonly baseDn: string;
  readonly service: { readonly dn: string; readonly password: Secret };
  /** May do everything; only prepares what a test needs. */
  readonly administrator: { readonly dn: string; readonly password: Secret };
  readonly pid: number;
  /** A certificate its authority signed; CN=svc-certificate is mapped to the service account. */
  readonly issueClient: CertificateAuthority['issueClient'];
};

export const program = '/usr/sbin/slapd';
const administratorPassword = 'Larkfield-Admin-1';
const modules = '/usr/lib/ldap';
const baseDn = 'dc=larkfield,dc=test';

export function withoutSlapd(): string | false {
  return skipWithout('OpenLDAP slapd', existsSync(program) ? undefined : 'it is not installed');
}

export type SlapdOptions = {
  readonly syncprov?: boolean;
  /** A naming context besides, with nothing in it: then the server calls neither its own. */
  readonly second?: string;
  /** Those that come with OpenLDAP (`msuser`), beside the usual ones. */
  readonly schemas?: readonly string[];
};

/** Starts one of its own with the entries given as LDIF; stopped and removed when disposed. */
export async function aSlapd(
  ldif: string,
  sizeLimit = 'unlimited',
  { syncprov = true, second = '', schemas = [] }: SlapdOptions = {},
): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-slapd-'));
  mkdirSync(join(folder, 'db'));
  writeFileSync(join(folder, 'people.ldif'), ldif, { mode: 0o600 });
  const configuration = join(folder, 'slapd.conf');
  const first = slapdHead(folder, sizeLimit, schemas) + overlays(syncprov);
  writeFileSync(configuration, first + secondContext(folder, second));
  return runSlapd(folder, configuration, () => {
    const words = ['-T', 'add', '-q', '-f', configuration, '-l', join(folder, 'people.ldif')];
    execFileSync(program, words, { stdio: 'pipe' });
  });
}

/** Certificates beside the configuration, entries as `fill` puts them there, and the server over it. */
export async function runSlapd(
  folder: string,
  configuration: string,
  fill: () => void | Promise<void>,
): Promise<Slapd> {
  const ports = { ldap: await freePort(), ldaps: await freePort() };
  const authority = await aCertificateAuthority(`Larkfield Optics LDAP ${ports.ldaps}`);
  const { key, cert } = await authority.issue(['localhost', '127.0.0.1']);
  const files = { 'ca.pem': authority.ca, 'key.pem': key, 'cert.pem': cert };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  await fill();
  const urls = `ldap://127.0.0.1:${ports.ldap} ldaps://127.0.0.1:${ports.ldaps}`;
  const child = spawn(program, ['-d', '0', '-f', configuration, '-h', urls], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let triesLeft = 100; !(await answers(ports.ldaps)); triesLeft -= 1) {
    if (triesLeft === 0 || child.exitCode !== null) throw new Error('slapd did not start');
    await sleep(50);
  }
  return {
    host: '127.0.0.1',
    ports,
    caPem: authority.ca,
    caFile: join(folder, 'ca.pem'),
    baseDn,
    issueClient: authority.issueClient,
    service: { dn: `cn=svc-sundog,${baseDn}`, password: new Secret('Larkfield-Service-1') },
    administrator: { dn: `cn=admin,${baseDn}`, password: new Secret(administratorPassword) },
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What every configuration begins with; its one database follows. */
export function slapdHead(
  folder: string,
  sizeLimit: string,
  schemas: readonly string[] = [],
): string {
  const all = ['core', 'cosine', 'nis', 'inetorgperson', ...schemas];
  return `
${all.map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath ${modules}
moduleload back_mdb
moduleload memberof
moduleload syncprov
pidfile ${folder}/slapd.pid
loglevel none
sizelimit ${sizeLimit}
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/cert.pem
TLSCertificateKeyFile ${folder}/key.pem
TLSVerifyClient try
authz-regexp "^cn=svc-certificate$" "cn=svc-sundog,${baseDn}"
database mdb
suffix ${baseDn}
rootdn cn=admin,${baseDn}
rootpw ${administratorPassword}
directory ${folder}/db
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=svc-sundog,${baseDn}" read by * none
`;
}

function overlays(syncprov: boolean): string {
  return `
overlay memberof
${syncprov ? 'index entryUUID,entryCSN eq\noverlay syncprov\nsyncprov-sessionlog 1000' : ''}
`;
}

function secondContext(folder: string, suffix: string): string {
  if (suffix === '') return '';
  mkdirSync(join(folder, 'second'));
  return `database ldif\nsuffix "${suffix}"\ndirectory ${folder}/second\n`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('connect', () => socket.destroy()).once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
