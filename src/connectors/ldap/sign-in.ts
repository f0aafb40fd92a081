// Signing in on one connection, by password or by certificate, and making sure that it is as somebody.
import { BindRequest } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import type { Secret } from '#lib/secret.ts';
import type { LdapAddress } from './address.ts';
import { type ClientCertificate, readCertificate } from './certificate.ts';
import type { Connection } from './connection.ts';
import { refusal, resultCode } from './refusals.ts';
import { identityOf } from './whoami.ts';

/** What to sign in with; a certificate was read and judged by now. */
export type Credentials =
  | { readonly by: 'password'; readonly dn: string; readonly password: Secret }
  | { readonly by: 'certificate'; readonly certificate: ClientCertificate };

export function credentialsOf(address: LdapAddress, secret: Secret, now: Date): Credentials {
  if (address.authentication !== 'certificate') {
    return { by: 'password', dn: address.bindDn, password: secret };
  }
  if (address.security === 'plain') {
    throw new DirectoryRefusal(
      'tls.required',
      'A client certificate is shown over TLS alone; choose LDAPS or StartTLS.',
      false,
    );
  }
  return { by: 'certificate', certificate: readCertificate(secret, now) };
}

/** Gives whom the directory takes us for, where it tells. */
export async function signIn(
  connection: Connection,
  credentials: Credentials,
): Promise<string | undefined> {
  return credentials.by === 'password'
    ? await byPassword(connection, credentials.dn, credentials.password)
    : await byCertificate(connection, credentials.certificate);
}

async function byPassword(connection: Connection, dn: string, password: Secret) {
  // A name without a password signs in as nobody, and "succeeds" (RFC 4513 §5.1.2).
  if (dn === '' || password.reveal() === '') {
    throw new DirectoryRefusal(
      'credentials.refused',
      'The connection has no name or no password to sign in with; enter both.',
      false,
    );
  }
  await connection.send(new BindRequest({ messageId: 0, dn, password: password.reveal() }));
  const identity = await identityOf(connection);
  if (identity === '') {
    throw new DirectoryRefusal(
      'credentials.refused',
      'The directory took the password and yet signed in nobody (it answers as to an anonymous stranger); check the name, and that anonymous sign-in is off.',
      false,
    );
  }
  return identity;
}

/** SASL EXTERNAL (RFC 4513 §5.2.3): the directory looks at the certificate of the TLS below. */
async function byCertificate(connection: Connection, { subject }: ClientCertificate) {
  const request = new BindRequest({ messageId: 0, mechanism: 'EXTERNAL' });
  const answered = await connection.send(request).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (answered !== undefined) throw refusedCertificate(answered, subject);
  const identity = await identityOf(connection);
  if (identity !== undefined && identity !== '') return identity;
  throw new DirectoryRefusal(
    'credentials.refused',
    `The directory signed in nobody by the client certificate (${subject}); let it ask for certificates and map this one to an account.`,
    false,
  );
}

/** Not known, unwilling, no such mechanism: it was not shown, or nobody is known by it. */
const refusedResults = [7, 8, 16, 32, 34, 48, 49, 53];

function refusedCertificate(error: unknown, subject: string): DirectoryRefusal {
  const known = refusal(error);
  const result = resultCode(error);
  // In TLS 1.3 a server judges the certificate after the handshake, and tells by an alert (RFC 8446 §6.2).
  const alert = typeof known.detail === 'string' && /\balert\b/i.test(known.detail);
  if (known.code === 'directory.unreachable' && !alert) return cutOff(known, subject);
  if (!alert && (result === undefined || !refusedResults.includes(result))) return known;
  const why = alert
    ? 'it ended the connection when it saw it, as servers do with one that expired, was revoked or is of an authority they do not trust'
    : 'no account is mapped to it, or the directory does not ask for certificates or does not trust who signed it';
  return new DirectoryRefusal(
    'credentials.refused',
    `The directory does not accept the client certificate (${subject}): ${why}.`,
    false,
    known.detail,
  );
}

/** Some servers refuse a certificate without a word (slapd over GnuTLS): a line that failed looks the same. */
function cutOff({ code, detail }: DirectoryRefusal, subject: string): DirectoryRefusal {
  return new DirectoryRefusal(
    code,
    `The directory went away as it was shown the client certificate (${subject}), without a word: the line failed, or it does not accept the certificate, for instance as it does not trust who signed it.`,
    true,
    detail,
  );
}
