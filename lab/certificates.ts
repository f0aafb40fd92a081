// The lab's certificate authority and its directory's certificate, made at the first start and kept in the data folder.
import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

export type LabCertificates = {
  /** PEM of the authority, for a connection's list of trusted ones. */
  readonly caPem: string;
  readonly key: string;
  readonly cert: string;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const authorityDays = 3_650;
const serverDays = 397;
const renewDays = 30;

/** Reads the certificates, or makes them; the server's is made anew before it expires. */
export async function labCertificates(
  folder: string,
  names: readonly string[],
  now: Date,
): Promise<LabCertificates> {
  x509.cryptoProvider.set(webcrypto);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority =
    (await readPair(folder, 'authority', now)) ?? (await makeAuthority(folder, now));
  const kept = await readPair(folder, 'server', now);
  const own =
    kept !== undefined && isSignedBy(kept, authority)
      ? kept
      : await makeServer(folder, authority, names, now);
  return { caPem: authority.cert, key: own.key, cert: own.cert };
}

type Pair = { readonly key: string; readonly cert: string };

async function makeAuthority(folder: string, now: Date): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: aSerialNumber(),
    name: 'CN=Larkfield Lab Authority, O=Larkfield Optics',
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pair = { key: await pemOf(keys.privateKey), cert: root.toString('pem') };
  await writePair(folder, 'authority', pair);
  return pair;
}

async function makeServer(
  folder: string,
  authority: Pair,
  names: readonly string[],
  now: Date,
): Promise<Pair> {
  const root = new x509.X509Certificate(authority.cert);
  const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: aSerialNumber(),
    subject: `CN=${names[0] ?? 'localhost'}`,
    issuer: root.subject,
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + serverDays * dayMs),
    signingAlgorithm: algorithm,
    publicKey: own.publicKey,
    signingKey: await privateKeyOf(authority.key),
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.BasicConstraintsExtension(false, undefined, true),
    ],
  });
  const pair = { key: await pemOf(own.privateKey), cert: certificate.toString('pem') };
  await writePair(folder, 'server', pair);
  return pair;
}

/** The pair in the folder; nothing when there is none, it does not belong together or expires soon. */
async function readPair(folder: string, name: string, now: Date): Promise<Pair | undefined> {
  try {
    const [key, cert] = await Promise.all([
      readFile(join(folder, `${name}.key`), 'utf8'),
      readFile(join(folder, `${name}.pem`), 'utf8'),
    ]);
    const certificate = new X509Certificate(cert);
    const soon = new Date(now.getTime() + renewDays * dayMs);
    const lasts = new Date(certificate.validTo) > soon;
    return lasts && certificate.checkPrivateKey(createPrivateKey(key)) ? { key, cert } : undefined;
  } catch {
    return undefined;
  }
}

function isSignedBy({ cert }: Pair, authority: Pair): boolean {
  return new X509Certificate(cert).verify(new X509Certificate(authority.cert).publicKey);
}

/** The key first: a certificate without its key would be believed at the next start. */
async function writePair(folder: string, name: string, { key, cert }: Pair): Promise<void> {
  for (const [file, text] of [
    [`${name}.key`, key],
    [`${name}.pem`, cert],
  ] as const) {
    const beside = join(folder, `${file}.new`);
    await writeFile(beside, text, { mode: 0o600 });
    await chmod(beside, 0o600);
    await rename(beside, join(folder, file));
  }
}

function aSerialNumber(): string {
  return webcrypto.randomUUID().replaceAll('-', '').slice(0, 15);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

async function privateKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
