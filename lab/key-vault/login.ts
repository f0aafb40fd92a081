// The lab's login: tokens for applications by secret or certificate, and for machines as Azure's own services give them.
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { Secret } from '#lib/secret.ts';
import type { Answer, Asked } from './answers.ts';

/** What an identity may do in the vault: read one by one, also list, or also write. */
export type Role = 'none' | 'reader' | 'user' | 'officer';

export type LabIdentity = { readonly role: Role } & (
  | {
      readonly kind: 'application';
      readonly applicationId: string;
      readonly clientSecret?: Secret;
      /** PEM of the certificate that was uploaded for it. */
      readonly certificate?: string;
    }
  /** Without an id: the machine's own. */
  | { readonly kind: 'machine'; readonly managedIdentityId?: string }
);

export type LoginSettings = {
  readonly tenantId: string;
  readonly resource: string;
  readonly identities: readonly LabIdentity[];
  /** What App Service puts into IDENTITY_HEADER. */
  readonly identityHeader: string;
  readonly tokenSeconds: number;
  readonly seconds: () => number;
};

export type Login = {
  /** Undefined where the path is none of the login's. */
  answer(asked: Asked): Promise<Answer | undefined>;
  /** What the bearer of this token may do; undefined for a token that is unknown, ended or withdrawn. */
  roleOf(token: string): Role | undefined;
  /** A token without asking, for a client that brings its own credential. */
  give(role: Role): { readonly token: string; readonly expiresAt: number };
  /** Withdraws every token given so far. */
  withdraw(): void;
};

export function openLogin(settings: LoginSettings): Login {
  const given = new Map<string, { readonly role: Role; readonly until: number }>();
  const spent = new Set<string>();
  const give = (role: Role) => {
    const token = `lab.${randomBytes(24).toString('base64url')}`;
    const until = settings.seconds() + settings.tokenSeconds;
    given.set(token, { role, until });
    return { token, expiresAt: until };
  };
  return {
    give,
    withdraw: () => given.clear(),
    roleOf(token) {
      const found = given.get(token);
      return found !== undefined && found.until > settings.seconds() ? found.role : undefined;
    },
    async answer(asked) {
      const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(asked.path)?.[1];
      if (tenant !== undefined) return applicationAnswer(settings, { asked, tenant, spent, give });
      if (asked.path === '/metadata/identity/oauth2/token') return machine(settings, asked, give);
      if (asked.path === '/msi/token') return appService(settings, asked, give);
      return undefined;
    },
  };
}

type Give = Login['give'];

async function applicationAnswer(
  { tenantId, resource, identities, tokenSeconds, seconds }: LoginSettings,
  {
    asked,
    tenant,
    spent,
    give,
  }: {
    readonly asked: Asked;
    readonly tenant: string;
    readonly spent: Set<string>;
    readonly give: Give;
  },
): Promise<Answer> {
  const form = new URLSearchParams(asked.body);
  if (tenant !== tenantId)
    return aadsts(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
  if (form.get('grant_type') !== 'client_credentials') {
    return aadsts(
      400,
      'unsupported_grant_type',
      70003,
      'The app requested an unsupported grant type.',
    );
  }
  if (form.get('scope') !== `${resource}/.default`) {
    return aadsts(400, 'invalid_resource', 500011, 'The resource principal was not found.');
  }
  const id = form.get('client_id');
  const found = identities.find((one) => one.kind === 'application' && one.applicationId === id);
  if (found?.kind !== 'application') {
    return aadsts(400, 'unauthorized_client', 700016, `Application '${id}' was not found.`);
  }
  const secret = form.get('client_secret');
  if (secret !== null) {
    if (found.clientSecret?.reveal() !== secret) {
      return aadsts(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
    }
  } else {
    const audience = `${asked.login}/${tenant}/oauth2/v2.0/token`;
    const proof = { jwt: form.get('client_assertion') ?? '', audience, now: seconds(), spent };
    const wrong = await wrongAssertion(found, proof);
    if (wrong !== undefined) return aadsts(401, 'invalid_client', 700027, wrong);
  }
  const body = {
    token_type: 'Bearer',
    expires_in: tokenSeconds,
    ext_expires_in: tokenSeconds,
    access_token: give(found.role).token,
  };
  return { status: 200, body };
}

/** What is wrong with a client assertion (RFC 7523 §3, and Entra's x5t#S256); nothing where it proves. */
async function wrongAssertion(
  identity: { readonly applicationId: string; readonly certificate?: string },
  proof: {
    readonly jwt: string;
    readonly audience: string;
    readonly now: number;
    readonly spent: Set<string>;
  },
): Promise<string | undefined> {
  if (identity.certificate === undefined) return 'The application has no certificate.';
  try {
    const certificate = new X509Certificate(identity.certificate);
    const header = decodeProtectedHeader(proof.jwt);
    const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
    if (header['x5t#S256'] !== thumbprint) return 'The certificate is not registered.';
    const { payload } = await jwtVerify(proof.jwt, certificate.publicKey, {
      algorithms: ['PS256', 'RS256'],
      issuer: identity.applicationId,
      subject: identity.applicationId,
      audience: proof.audience,
      currentDate: new Date(proof.now * 1000),
      requiredClaims: ['exp', 'nbf', 'jti'],
    });
    if (payload.jti === undefined || proof.spent.has(payload.jti)) return 'The assertion was used.';
    proof.spent.add(payload.jti);
    return undefined;
  } catch {
    return 'The signature or a claim of the assertion does not stand.';
  }
}

/** Azure's instance metadata service. */
function machine(settings: LoginSettings, asked: Asked, give: Give): Answer {
  if (asked.headers.metadata !== 'true') {
    return invalid('Required metadata header not specified');
  }
  const { 'api-version': version, msi_res_id: resourceId, client_id: clientId } = asked.query;
  if (version !== '2018-02-01') return invalid('The api-version is not supported');
  return machineAnswer(settings, asked.query.resource, clientId ?? resourceId, give);
}

/** App Service's endpoint: whoever knows the header is the app. */
function appService(settings: LoginSettings, asked: Asked, give: Give): Answer {
  if (asked.headers['x-identity-header'] !== settings.identityHeader) {
    return { status: 401, body: { error: 'unauthorized', error_description: 'Wrong header' } };
  }
  const { 'api-version': version, mi_res_id: resourceId, client_id: clientId } = asked.query;
  if (version !== '2019-08-01') return invalid('The api-version is not supported');
  return machineAnswer(settings, asked.query.resource, clientId ?? resourceId, give);
}

function machineAnswer(
  { identities, resource, tokenSeconds }: LoginSettings,
  asked: string | undefined,
  id: string | undefined,
  give: Give,
): Answer {
  if (asked !== resource) return invalid(`The resource ${asked ?? ''} was not found`);
  const found = identities.find((one) => one.kind === 'machine' && one.managedIdentityId === id);
  if (found === undefined) return invalid('Identity not found');
  const { token, expiresAt } = give(found.role);
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: id ?? 'the-machine',
      expires_in: String(tokenSeconds),
      expires_on: String(expiresAt),
      not_before: String(expiresAt - tokenSeconds),
      resource,
      token_type: 'Bearer',
    },
  };
}

function invalid(error_description: string): Answer {
  return { status: 400, body: { error: 'invalid_request', error_description } };
}

function aadsts(status: number, error: string, code: number, text: string): Answer {
  const description = `AADSTS${code}: ${text} Trace ID: 00000000-0000-0000-0000-000000000000`;
  return { status, body: { error, error_description: description, error_codes: [code] } };
}
