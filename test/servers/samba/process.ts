// Provisions and starts one Samba domain controller in a folder of its own, as reference recipes found it must be done.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { isAlive } from '#test/servers/lock.ts';
import { domain } from './domain.ts';

const waits = { startMs: 60_000, stopMs: 10_000, pollMs: 100 } as const;

/** TDB_NO_FSYNC: a domain controller whose data nobody will miss need not wait for the disk. */
const environment = { ...process.env, TDB_NO_FSYNC: '1', LDB_MODULES_DISABLE_DEEPBIND: '1' };

/** Samba's ports cannot be chosen; they are bound on loopback only. */
export const ports = { ldap: 389, ldaps: 636, globalCatalog: 3269 } as const;

export async function provision(state: string): Promise<void> {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true, mode: 0o755 });
  tool('domain', 'provision', '--use-rfc2307', '--server-role=dc', '--dns-backend=NONE', [
    `--realm=${domain.realm}`,
    `--domain=${domain.netbios}`,
    '--host-name=dc1',
    '--host-ip=127.0.0.1',
    `--adminpass=${domain.administratorPassword}`,
    `--targetdir=${state}`,
    '--option=interfaces=lo',
    '--option=bind interfaces only=yes',
  ]);
  for (const folder of ['log', 'run/ncalrpc', 'run/winbindd', 'run/nmbd', 'private/tls']) {
    mkdirSync(join(state, folder), { recursive: true });
  }
  const template = readFileSync(join(import.meta.dirname, 'smb.conf'), 'utf8');
  writeFileSync(configuration(state), template.replaceAll('@STATE@', state));
  await certify(state);
  tool('domain', 'passwordsettings', 'set', '--min-pwd-age=0', '--history-length=0', local(state));
}

/** Samba would make a certificate without alternative names, which nobody can verify. */
async function certify(state: string): Promise<void> {
  const authority = await aCertificateAuthority('Larkfield Optics test authority');
  const { key, cert } = await authority.issue(['dc1.ad.larkfield.test', 'localhost', '127.0.0.1']);
  writeFileSync(join(state, 'private/tls/key.pem'), key, { mode: 0o600 });
  writeFileSync(join(state, 'private/tls/cert.pem'), cert);
  writeFileSync(join(state, 'private/tls/ca.pem'), authority.ca);
}

/** Starts the server, free of this process, and gives its pid once it answers. */
export async function start(state: string): Promise<number> {
  if (await answers()) throw new Error(`port ${ports.ldaps} is taken by another directory server`);
  // Everything but this socket can be moved; moved, it fails every SMB session (the path is compiled in).
  mkdirSync('/run/samba/winbindd', { recursive: true, mode: 0o755 });
  const out = openSync(join(state, 'log', 'stdout'), 'a');
  const child = spawn('/usr/sbin/samba', ['-i', '--no-process-group', '-s', configuration(state)], {
    detached: true,
    stdio: ['ignore', out, out],
    env: environment,
  });
  child.unref();
  const pid = child.pid ?? 0;
  const end = Date.now() + waits.startMs;
  while (!(await answers())) {
    if (!isAlive(pid) || Date.now() > end) {
      throw new Error(`Samba did not start: ${readFileSync(join(state, 'log', 'stdout'), 'utf8')}`);
    }
    await sleep(waits.pollMs);
  }
  return pid;
}

export async function stop(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + waits.stopMs; isAlive(pid) && Date.now() < end; ) {
    await sleep(waits.pollMs);
  }
}

/** Runs samba-tool; its output comes with the error when it fails. */
export function tool(...words: readonly (string | readonly string[])[]): void {
  execFileSync('samba-tool', words.flat(), { env: environment, stdio: 'pipe' });
}

/** The words that make samba-tool work on the folder's own database. */
export function local(state: string): readonly string[] {
  return ['-H', join(state, 'private/sam.ldb'), '-s', configuration(state)];
}

export function isInstalled(): boolean {
  return existsSync('/usr/sbin/samba') && existsSync('/usr/share/samba/setup/provision.ldif');
}

function configuration(state: string): string {
  return join(state, 'etc/smb.conf');
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(ports.ldaps, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
