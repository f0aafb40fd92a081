// A server that turns a client certificate down by a TLS alert, and a line that is cut as it is shown.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from '#test/servers/certificates.ts';
import { openLdapScanner } from './scanner.ts';

/** Signs in by certificate at a server that never answers a word of LDAP. */
async function signedIn(options: TlsOptions, shown?: Secret): Promise<void> {
  const authority = await aCertificateAuthority();
  const { key, cert } = await authority.issue(['127.0.0.1']);
  const client = await authority.issueClient('svc-certificate');
  const server = createServer({ key, cert, ca: authority.ca, requestCert: true, ...options });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const address = {
    ...{ host: '127.0.0.1', port: typeof bound === 'object' ? (bound?.port ?? 0) : 0 },
    ...{ caPem: authority.ca, bindDn: '', operationTimeoutMs: 2_000, connectTimeoutMs: 2_000 },
    security: 'ldaps',
    authentication: 'certificate',
    allowance: { lab: true, confirmed: [], networks: [] },
  } as const;
  try {
    const secret = shown ?? new Secret(`${client.cert}\n${client.key}`);
    await using _ = await openLdapScanner(address, secret);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

/** Of a kind of key that no list of `ecdsa_secp256r1_sha256` alone has. */
async function ofAnotherKind(): Promise<Secret> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'Ed25519' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new TypeError('Ed25519 has pairs of keys.');
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=svc-certificate',
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return new Secret(
    `${certificate.toString('pem')}\n${key.export({ format: 'pem', type: 'pkcs8' })}`,
  );
}

describe('A client certificate', () => {
  it('is refused where the server says so by an alert', async () => {
    const options = { rejectUnauthorized: true, sigalgs: 'ecdsa_secp256r1_sha256' };

    await assert.rejects(signedIn(options, await ofAnotherKind()), {
      ...{ code: 'credentials.refused', retryable: false, detail: /alert/ },
      message: /does not accept the client certificate \(CN=svc-certificate\): it ended/,
    });
  });

  it('is not called refused where the line is cut as it is shown: the next try may succeed', async () => {
    await assert.rejects(signedIn({}), {
      ...{ code: 'directory.unreachable', retryable: true },
      message: /shown the client certificate \(CN=svc-certificate\), without a word/,
    });
  });
});
