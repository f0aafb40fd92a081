// Makes the hub's own key and certificate with one application.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { SamlKey } from '#domain/ports/saml.ts';
import { Secret } from '#lib/secret.ts';

/** A provider is given the certificate itself: nobody's signature on it is asked for, nor is it renewed unseen. */
const validYears = 10;

/** RSA of 3072 bits (NIST SP 800-57: good beyond 2030): the one kind every provider encrypts for. */
const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 3072,
} as const;

export async function newKey(name: string, now: Date): Promise<SamlKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + validYears);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // As it is: a name that holds commas, quotes or = stays one value.
    name: new Name([{ CN: [{ utf8String: name }] }]),
    // Clocks that run behind ours take it too.
    notBefore: new Date(now.getTime() - 5 * 60_000),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = pkcs8.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  const pem = `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
  return { privateKey: new Secret(pem), certificate: `${certificate.toString('pem')}\n` };
}
