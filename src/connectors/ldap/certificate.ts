// The certificate a connection signs in with: read and judged before anybody is shown it.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { Secret } from '#lib/secret.ts';

export type ClientCertificate = {
  readonly key: Secret;
  readonly cert: string;
  /** Whom it names, for sentences. */
  readonly subject: string;
};

/** Takes PEM of a key and its certificate (and what signed that), in any order; else says what is wrong with it. */
export function readCertificate(pem: Secret, now: Date): ClientCertificate {
  const blocks = pem.reveal().match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const keys = blocks.filter((block) => /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(block));
  const certificates = blocks.filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'));
  const [keyText] = keys;
  if (keyText === undefined || keys.length > 1 || certificates.length === 0) {
    throw refuse(
      'is not PEM of one private key and its certificate; enter both, one after the other',
    );
  }
  const key = keyOf(keyText);
  const chain = certificates.map(certificateOf);
  const own = chain.find((each) => each.checkPrivateKey(key));
  if (own === undefined) throw refuse('does not belong to its private key; enter the two that do');
  const subject = own.subject.split('\n').toReversed().join(',');
  if (own.validToDate < now) {
    throw refuse(`(${subject}) expired on ${dayOf(own.validToDate)}; have it issued anew`);
  }
  if (own.validFromDate > now) {
    throw refuse(`(${subject}) is valid only from ${dayOf(own.validFromDate)}; check the clocks`);
  }
  const others = chain.filter((each) => each !== own);
  const cert = [own, ...others].map((each) => each.toString()).join('');
  return { key: new Secret(keyText), cert, subject };
}

function keyOf(text: string): KeyObject {
  if (text.includes('ENCRYPTED')) {
    throw refuse(
      'has a private key with a pass phrase; enter the key without one, the hub seals it',
    );
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw refuse('has a private key that cannot be read; enter it as PEM', error);
  }
}

function certificateOf(text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw refuse('cannot be read; enter it as PEM', error);
  }
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function refuse(what: string, error?: unknown): DirectoryRefusal {
  const sentence = `The client certificate ${what}.`;
  const detail = error instanceof Error ? error.message : undefined;
  return new DirectoryRefusal('credentials.refused', sentence, false, detail);
}
