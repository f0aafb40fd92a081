// A real SAML identity provider for the tests: SimpleSAMLphp of Debian under PHP's own server, on loopback.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aProviderKey, type ProviderKey } from './saml-idp.ts';
import { skipWithout } from './servers.ts';

const program = '/usr/bin/php';
const site = '/usr/share/simplesamlphp/www';
const defaults = '/etc/simplesamlphp/config.php';

export function withoutSimpleSamlPhp(): string | false {
  const there = existsSync(program) && existsSync(site) && existsSync(defaults);
  return skipWithout('SimpleSAMLphp', there ? undefined : 'it is not installed');
}

/** What of the provider a test chooses; each choice is in force with the next request. */
export type Choices = {
  readonly encrypts?: boolean;
  readonly signsResponses?: boolean;
  readonly wantsSignedRequests?: boolean;
  readonly nameIdFormat?: string;
  /** The key it signs with; another one is a rollover. */
  readonly key?: ProviderKey;
};

export type SimpleSamlPhp = AsyncDisposable & {
  readonly url: string;
  readonly entityId: string;
  readonly metadataUrl: string;
  /** What it wrote of what it did and refused. */
  readonly log: () => string;
  choose(choices: Choices): void;
  /** Takes the metadata of a service provider as XML, as its administrator would upload it. */
  knows(name: string, metadata: string): void;
};

export const password = 'maya-at-the-provider';

/** With one person, maya, whose address is given. */
export async function aSimpleSamlPhp(mail: string): Promise<SimpleSamlPhp> {
  const folder = mkdtempSync(join(tmpdir(), 'sundog-saml-'));
  const place = (name: string) => join(folder, name);
  for (const name of ['config', 'metadata', 'cert', 'log', 'data', 'tmp', 'sessions', 'known']) {
    mkdirSync(place(name));
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entityId = `${url}/idp`;
  const known = new Set<string>();
  const configure = () => writeFileSync(place('config/config.php'), config(folder, url, known));
  const key = await aProviderKey();
  const choose = (choices: Choices) => {
    const { privateKey, certificate } = choices.key ?? key;
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(place('cert/idp.key'), pem, { mode: 0o600 });
    writeFileSync(place('cert/idp.crt'), `${certificate}\n`);
    writeFileSync(place('metadata/saml20-idp-hosted.php'), hosted(entityId, choices));
  };
  configure();
  choose({});
  writeFileSync(place('config/authsources.php'), people(mail));
  writeFileSync(place('metadata/saml20-sp-remote.php'), '<?php\n');
  // Without the cache, which would keep what a file said for two seconds more.
  const child = spawn(program, ['-d', 'opcache.enable=0', '-S', `127.0.0.1:${port}`, '-t', site], {
    env: { PATH: process.env.PATH ?? '', SIMPLESAMLPHP_CONFIG_DIR: place('config') },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const metadataUrl = `${url}/saml2/idp/metadata.php`;
  for (let triesLeft = 100; !(await answers(metadataUrl)); triesLeft -= 1) {
    if (triesLeft === 0 || child.exitCode !== null) throw new Error('SimpleSAMLphp did not start');
    await sleep(100);
  }
  return {
    ...{ url, entityId, metadataUrl, choose },
    log: () => {
      const file = place('log/simplesamlphp.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
    knows(name, metadata) {
      const file = place(`known/${name}.xml`);
      writeFileSync(file, metadata);
      known.add(file);
      configure();
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian's own configuration, and what makes it ours: the last value of an array counts. */
function config(folder: string, url: string, known: ReadonlySet<string>): string {
  const sources = [...known].map((file) => `['type' => 'xml', 'file' => '${file}'],`).join(' ');
  return `${readFileSync(defaults, 'utf8')}
$config = array_merge($config, [
 'baseurlpath' => '${url}/', 'certdir' => '${folder}/cert/', 'loggingdir' => '${folder}/log/',
 'datadir' => '${folder}/data/', 'tempdir' => '${folder}/tmp', 'secretsalt' => 'salt-of-the-tests-0123456789',
 'auth.adminpassword' => 'not-the-default-one', 'technicalcontact_email' => 'na@larkfield.test', 'timezone' => 'UTC',
 'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
 'metadatadir' => '${folder}/metadata',
 'metadata.sources' => [['type' => 'flatfile', 'directory' => '${folder}/metadata'], ${sources}],
 'session.cookie.secure' => false, 'session.cookie.samesite' => 'Lax', 'session.phpsession.cookiename' => 'SSP',
 'store.type' => 'phpsession', 'session.phpsession.savepath' => '${folder}/sessions',
 'logging.handler' => 'file', 'logging.level' => SimpleSAML\\Logger::DEBUG, 'language.get_language_function' => null,
 'trusted.url.domains' => null,
]);
`;
}

function hosted(entityId: string, choices: Choices): string {
  const { encrypts = false, signsResponses = false, wantsSignedRequests = false } = choices;
  const format = choices.nameIdFormat ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
  const binding = 'urn:oasis:names:tc:SAML:2.0:bindings';
  const both = `['${binding}:HTTP-Redirect', '${binding}:HTTP-POST']`;
  return `<?php
$metadata['${entityId}'] = [
 'host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt', 'auth' => 'larkfield',
 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
 'NameIDFormat' => '${format}', 'simplesaml.nameidattribute' => 'uid',
 'saml20.sign.response' => ${signsResponses}, 'saml20.sign.assertion' => true,
 'assertion.encryption' => ${encrypts}, 'sign.logout' => true, 'redirect.sign' => true,
 'validate.authnrequest' => ${wantsSignedRequests}, 'redirect.validate' => ${wantsSignedRequests}, 'validate.logout' => true,
 'SingleSignOnServiceBinding' => ${both}, 'SingleLogoutServiceBinding' => ${both},
];
`;
}

function people(mail: string): string {
  return `<?php
$config = ['admin' => ['core:AdminPassword'], 'larkfield' => ['exampleauth:UserPass',
 'maya:${password}' => ['uid' => ['maya'], 'mail' => ['${mail}'], 'groups' => ['desk', 'staff']]]];
`;
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  return address.port;
}
