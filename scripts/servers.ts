// Installs the real servers the tests speak to, from Debian's packages; run again it does nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each real server and the Debian packages it needs. */
const servers: Readonly<Record<string, readonly string[]>> = {
  'Samba AD DC': [
    'samba',
    'samba-ad-provision',
    'samba-vfs-modules',
    'samba-dsdb-modules',
    'winbind',
    'smbclient',
    'krb5-user',
    'ldb-tools',
    'python3-samba',
    'attr',
    'acl',
    'openssl',
  ],
  'OpenLDAP slapd': ['slapd', 'slapd-contrib', 'ldap-utils'],
  SimpleSAMLphp: ['simplesamlphp', 'php-cli', 'php-xml', 'php-mbstring', 'php-sqlite3', 'php-curl'],
  PostgreSQL: ['postgresql'],
  Chromium: ['chromium', 'fonts-dejavu-core', 'fonts-liberation'],
};

const policy = '/usr/sbin/policy-rc.d';

const missing = Object.values(servers)
  .flat()
  .filter((name) => !isInstalled(name));
if (missing.length === 0) {
  console.log(`The real test servers are installed: ${Object.keys(servers).join(', ')}.`);
} else if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
  console.error(
    `npm run servers installs Debian packages, which needs root on Debian or Ubuntu; missing: ${missing.join(' ')}.`,
  );
  process.exitCode = 1;
} else {
  install(missing);
}

function install(packages: readonly string[]): void {
  console.log(`Installing ${packages.length} packages: ${packages.join(' ')}`);
  const log = join(mkdtempSync(join(tmpdir(), 'sundog-servers-')), 'apt.log');
  // 101 tells maintainer scripts to start nothing: the tests start what they need, on loopback only.
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const words = ['install', '-y', '--no-install-recommends', ...packages];
  const done = apt(['update'], log) && apt(words, log);
  if (ours) rmSync(policy);
  if (done) {
    console.log(`Installed: ${Object.keys(servers).join(', ')}.`);
    return;
  }
  console.error(readFileSync(log, 'utf8').split('\n').slice(-15).join('\n'));
  console.error(`apt-get failed; the whole log is ${log}.`);
  process.exitCode = 1;
}

function isInstalled(name: string): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholder
  const asked = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], {
    encoding: 'utf8',
  });
  return asked.status === 0 && asked.stdout === 'installed';
}

function apt(words: readonly string[], log: string): boolean {
  const command = `apt-get -qq -o DPkg::Lock::Timeout=400 ${words.join(' ')} >>${log} 2>&1`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('sh', ['-c', command], { env }).status === 0;
}
