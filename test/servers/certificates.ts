// A certificate authority for one test: its own root and whatever server certificates are asked of it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export type ServerCertificate = { readonly key: string; readonly cert: string };

export type CertificateAuthority = {
  /** PEM of the root, for a client's list of trusted authorities. */
  readonly ca: string;
  issue(names: readonly string[], validUntil?: Date): Promise<ServerCertificate>;
  /** For somebody who signs in by it: `CN=name`. */
  issueClient(name: string, validUntil?: Date): Promise<ServerCertificate>;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

export async function aCertificateAuthority(
  name = 'Larkfield test root',
): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 30 * dayMs),
    notAfter: new Date(Date.now() + dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const tomorrow = () => new Date(Date.now() + dayMs);
  const made = async (name: string, validUntil: Date, extensions: x509.Extension[]) => {
    const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: webcrypto.randomUUID().replaceAll('-', '').slice(0, 15),
      subject: `CN=${name}`,
      issuer: root.subject,
      notBefore: new Date(Date.now() - 20 * dayMs),
      notAfter: validUntil,
      signingAlgorithm: algorithm,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions,
    });
    return { key: await pemOf(own.privateKey), cert: certificate.toString('pem') };
  };
  return {
    ca: root.toString('pem'),
    issue: (names, validUntil = tomorrow()) =>
      made(names[0] ?? 'nobody', validUntil, [
        new x509.SubjectAlternativeNameExtension(
          names.map((one) => ({ type: /^[\d.]+$/.test(one) ? 'ip' : 'dns', value: one })),
        ),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ]),
    issueClient: (name, validUntil = tomorrow()) =>
      made(name, validUntil, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
  };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}
