// What an administrator may write into the environment, and what is refused.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { describeSettings, readConfig } from '#config.ts';

describe('The settings', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sundog-config-'));
    writeFileSync(join(folder, 'cert.pem'), '-----BEGIN CERTIFICATE-----\n');
    writeFileSync(join(folder, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('serve without any, on loopback with the embedded database', () => {
    const config = readConfig({});

    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 7610);
    assert.equal(config.databaseUrl, undefined);
    assert.equal(config.dataFolder, join(import.meta.dirname, '..', 'data'));
    assert.equal(config.dataFolderChosen, false);
    assert.deepEqual(config.trustedProxies, []);
  });

  it('limit nobody’s requests unless told a number', () => {
    assert.equal(readConfig({}).rateLimit, undefined);
    assert.equal(readConfig({ SUNDOG_RATE_LIMIT: '700' }).rateLimit, 700);
    for (const wrong of ['0', '-1', 'many', '7e2']) {
      assert.throws(() => readConfig({ SUNDOG_RATE_LIMIT: wrong }), { code: 'settings.invalid' });
    }
  });

  it('take an empty value as none', () => {
    assert.equal(readConfig({ SUNDOG_PORT: '', SUNDOG_DATA: ' ' }).port, 7610);
  });

  it('are read from what was written', () => {
    const config = readConfig({
      SUNDOG_HOST: '0.0.0.0',
      SUNDOG_PORT: '8443',
      SUNDOG_PUBLIC_URL: 'https://sundog.larkfield.test/',
      SUNDOG_TLS_CERT: join(folder, 'cert.pem'),
      SUNDOG_TLS_KEY: join(folder, 'key.pem'),
      SUNDOG_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      SUNDOG_OUTBOUND_ALLOW: 'dc1.ad.larkfield.test *.corp.example,192.168.4.0/24',
      SUNDOG_LOG: 'json,warn',
    });

    assert.equal(config.publicUrl, 'https://sundog.larkfield.test');
    assert.equal(config.port, 8443);
    assert.match(config.tls?.cert ?? '', /CERTIFICATE/);
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.equal(config.outboundAllow.length, 3);
    assert.deepEqual(config.log, { format: 'json', level: 'warn', levelChosen: true });
  });

  it('never show a secret when they are printed', () => {
    const config = readConfig({
      SUNDOG_DATABASE_URL: 'postgresql://sundog:hidden-1@db.larkfield.test/sundog',
      SUNDOG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      SUNDOG_ADMIN_PASSWORD: 'hidden-2-hidden-2',
    });

    assert.doesNotMatch(`${inspect(config)}${JSON.stringify(config)}`, /hidden|BwcHBw/);
  });

  it('warn of a name that is no setting, for it may be a typing error', () => {
    const { warnings } = readConfig({ SUNDOG_PROT: '80', SUNDOG_TEST_SERVERS: 'required' });

    assert.deepEqual(warnings, [
      'SUNDOG_PROT is set in the environment, but it is not a setting of Sundog.',
    ]);
  });

  const bad: readonly (readonly [string, string])[] = [
    ['SUNDOG_HOST', 'not a host'],
    ['SUNDOG_PORT', 'http'],
    ['SUNDOG_PORT', '65536'],
    ['SUNDOG_PORT', '-1'],
    ['SUNDOG_PUBLIC_URL', 'sundog.example.com'],
    ['SUNDOG_PUBLIC_URL', 'https://sundog.example.com/path'],
    ['SUNDOG_DATABASE_URL', 'mysql://sundog:hidden@db/sundog'],
    ['SUNDOG_DATABASE_URL', 'postgresql://sundog:hidden@db'],
    ['SUNDOG_DATABASE_OWNER_URL', 'postgresql://sundog:hidden@db/sundog'],
    ['SUNDOG_TLS_CERT', '/does/not/exist.pem'],
    ['SUNDOG_TLS_KEY', import.meta.filename],
    ['SUNDOG_TRUSTED_PROXIES', '10.0.0.0/99'],
    ['SUNDOG_TRUSTED_PROXIES', 'proxy.example.com'],
    ['SUNDOG_MASTER_KEY', 'hidden'],
    ['SUNDOG_MASTER_KEY_FILE', '/does/not/exist.key'],
    ['SUNDOG_ADMIN_PASSWORD', 'hidden'],
    ['SUNDOG_OUTBOUND_ALLOW', 'dc_1!'],
    ['SUNDOG_LOG', 'loud'],
    ['SUNDOG_LOG', 'json,pretty'],
  ];
  for (const [name, value] of bad) {
    it(`refuse ${name}=${value} in a sentence that names it`, () => {
      assert.throws(
        () => readConfig({ [name]: value }),
        (error: Error) => {
          assert.match(error.message, new RegExp(`^The setting ${name} cannot be used: .+\\.$`));
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        },
      );
    });
  }

  it('want certificate and key together', () => {
    assert.throws(() => readConfig({ SUNDOG_TLS_CERT: join(folder, 'cert.pem') }), {
      code: 'settings.invalid',
    });
  });

  it('each say what they mean and what holds without them', () => {
    for (const { meaning, fallback } of describeSettings()) {
      assert.match(meaning, /\.$/);
      assert.ok(fallback.length > 0);
    }
  });
});
