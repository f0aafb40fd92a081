// What is told of a certificate: whose it is, how to recognise it, and until when it holds.
import { X509Certificate } from 'node:crypto';
import type { SamlCertificate } from '#domain/ports/saml.ts';

/** Throws what Node throws where it is none. */
export function certificateOf(pem: string): SamlCertificate {
  const read = new X509Certificate(pem);
  return {
    pem: read.toString(),
    subject: read.subject.replaceAll('\n', ', '),
    fingerprint: read.fingerprint256,
    notBefore: read.validFromDate,
    notAfter: read.validToDate,
  };
}
