// We, as openid-client knows us: our name, what proves it is us, and how the provider is reached.
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { calculateJwkThumbprint, importPKCS8 } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  clockSkew,
  clockTolerance,
  customFetch,
  modifyAssertion,
  None,
  PrivateKeyJwt,
} from 'openid-client';
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Document } from './document.ts';
import { tokenLimits } from './limits.ts';

export function clientIdOf({ clientId }: OidcClient, trace: Trace): string {
  if (!clientId) trace.refuse('oidc.settings', 'The application has no client ID.');
  return clientId;
}

export async function configurationOf(
  client: OidcClient,
  given: {
    readonly document: Document;
    readonly fetch: CustomFetch;
    readonly callMs: number;
    readonly now: Date;
  },
  trace: Trace,
): Promise<Configuration> {
  const clientId = clientIdOf(client, trace);
  const authentication = await authenticationOf(client, given.document, trace);
  const ownTime = {
    // The hub's clock may be another than the process's, in tests; the library knows the latter alone.
    [clockSkew]: Math.round((given.now.getTime() - Date.now()) / 1000),
    [clockTolerance]: tokenLimits.clockToleranceSeconds,
  };
  const configuration = new Configuration(given.document, clientId, ownTime, authentication);
  configuration[customFetch] = given.fetch;
  configuration.timeout = Math.max(1, Math.ceil(given.callMs / 1000));
  if (client.lab) allowInsecureRequests(configuration);
  return configuration;
}

/** Which kinds of key may sign a client assertion, and how. */
const signing: Readonly<Record<string, string>> = {
  rsa: 'RS256',
  ec: 'ES256',
  ed25519: 'EdDSA',
};

async function authenticationOf(
  client: OidcClient,
  document: Document,
  trace: Trace,
): Promise<ClientAuth> {
  const { authentication, clientSecret: secret } = client;
  if (authentication === 'none') return None();
  if (authentication === 'private-key-jwt') return privateKeyJwt(client, document, trace);
  if (secret === undefined || secret.reveal() === '') {
    return trace.refuse('oidc.settings', 'The application has no client secret.');
  }
  return authentication === 'basic'
    ? ClientSecretBasic(secret.reveal())
    : ClientSecretPost(secret.reveal());
}

async function privateKeyJwt(
  { privateKey, certificate, preset }: OidcClient,
  document: Document,
  trace: Trace,
): Promise<ClientAuth> {
  if (privateKey === undefined) {
    return trace.refuse('oidc.settings', 'The application has no key of its own.');
  }
  const pem = privateKey.reveal();
  const own = createPrivateKey(pem);
  const alg = signing[own.asymmetricKeyType ?? ''];
  if (alg === undefined) {
    return trace.refuse('oidc.settings', 'The application’s key is of a kind that does not sign.');
  }
  const kid =
    preset === 'okta'
      ? { kid: await calculateJwkThumbprint(createPublicKey(own).export({ format: 'jwk' })) }
      : {};
  const ofEntra = preset === 'entra' || preset === 'entra-multi';
  return PrivateKeyJwt(await importPKCS8(pem, alg), {
    [modifyAssertion]: (header, payload) => {
      Object.assign(header, kid);
      if (!ofEntra) return;
      // Entra finds the certificate by its thumbprint, and takes its token endpoint alone as audience.
      if (certificate !== null) Object.assign(header, thumbprintsOf(certificate));
      payload.aud = document.token_endpoint;
    },
  });
}

function thumbprintsOf(certificate: string): Readonly<Record<string, string>> {
  const x509 = new X509Certificate(certificate);
  const bytes = (fingerprint: string) => Buffer.from(fingerprint.replaceAll(':', ''), 'hex');
  return {
    x5t: bytes(x509.fingerprint).toString('base64url'),
    'x5t#S256': bytes(x509.fingerprint256).toString('base64url'),
  };
}
