// The lab's certificates: made once, kept private, made anew before they expire, and never by guessing at a torn file.
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { labCertificates } from './certificates.ts';

const now = new Date('2026-11-23T09:00:00Z');
const names = ['dc1.ad.larkfield.test', 'localhost', '127.0.0.1'];
const dayMs = 86_400_000;

describe('The lab’s certificates', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sundog-certificates-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are signed by the lab’s own authority and name the directory and the loopback', async () => {
    const made = await labCertificates(folder, names, now);

    const own = new X509Certificate(made.cert);
    assert.ok(own.verify(new X509Certificate(made.caPem).publicKey));
    assert.ok(own.checkHost('dc1.ad.larkfield.test'));
    assert.ok(own.checkIP('127.0.0.1'));
    assert.equal(own.checkHost('somewhere.else.test'), undefined);
  });

  it('are the same at the next start, and their keys are for nobody else', async () => {
    const first = await labCertificates(folder, names, now);

    assert.deepEqual(await labCertificates(folder, names, now), first);
    for (const file of ['authority.key', 'server.key']) {
      assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
    }
  });

  it('are made anew before they expire, by the same authority', async () => {
    const first = await labCertificates(folder, names, now);

    const later = await labCertificates(folder, names, new Date(now.getTime() + 380 * dayMs));

    assert.equal(later.caPem, first.caPem);
    assert.notEqual(later.cert, first.cert);
    assert.ok(new X509Certificate(later.cert).verify(new X509Certificate(first.caPem).publicKey));
  });

  it('are made anew where a crash left a key without its certificate', async () => {
    const first = await labCertificates(folder, names, now);
    const other = await mkdtemp(join(tmpdir(), 'sundog-certificates-'));
    const { key } = await labCertificates(other, names, now);
    await writeFile(join(folder, 'server.key'), key);
    await rm(other, { recursive: true });

    const made = await labCertificates(folder, names, now);

    assert.notEqual(made.cert, first.cert);
    assert.ok(new X509Certificate(made.cert).checkPrivateKey(createPrivateKey(made.key)));
  });

  it('are made anew together when the authority is', async () => {
    await rm(join(folder, 'authority.pem'));

    const { cert, caPem } = await labCertificates(folder, names, now);

    assert.ok(new X509Certificate(cert).verify(new X509Certificate(caPem).publicKey));
  });

  it('are made anew where a file makes no sense', async () => {
    await writeFile(join(folder, 'server.pem'), 'half a certif');

    const made = await labCertificates(folder, names, now);

    assert.match(await readFile(join(folder, 'server.pem'), 'utf8'), /END CERTIFICATE/);
    assert.ok(new X509Certificate(made.cert).checkIP('127.0.0.1'));
  });
});
