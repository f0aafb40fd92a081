// The four ways to a token (RFC 6749 §4), and what is made of each: access, refresh and id tokens.
import { createHash } from 'node:crypto';
import type { Permission } from '#domain/permission.ts';
import type { Agents, DeskAgent } from '#domain/ports/agents.ts';
import { refuse } from '#domain/problem.ts';
import { newId } from '#lib/ids.ts';
import type { Log } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import { fastHash, newToken } from '#lib/tokens.ts';
import { audit } from '#store/audit.ts';
import { accessBell, ring } from '#store/bell.ts';
import { type Db, inTransaction } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { type Application, type Grant, grantScopes, grantsOf } from './model.ts';
import { signToken } from './signing-keys.ts';
import {
  deleteTokensOf,
  familyOfSpent,
  familyOfTakenCode,
  insertTokens,
  spendRefresh,
  type Token,
  takeCode,
} from './token-queries.ts';

export const tokenLimits = {
  accessSeconds: 3_600,
  /** From the sign-in on; using it does not prolong it. */
  refreshSeconds: 30 * 24 * 3_600,
  codeSeconds: 60,
} as const;

export type PasswordCheck = (given: {
  readonly login: string;
  readonly password: Secret;
  readonly ip: string;
}) => Promise<{ readonly agent: DeskAgent; readonly mustChange: boolean } | undefined>;

export type GrantPorts = {
  readonly db: Db;
  readonly sealing: Sealing;
  readonly agents: Agents;
  readonly log: Log;
  readonly checkPassword: PasswordCheck;
  /** Whoever has a second factor cannot get a token with a password alone. */
  readonly hasSecondFactor: (agentId: number) => Promise<boolean>;
  /** `https://hub.example/auth`: the issuer of id tokens. */
  readonly issuer: string;
};

export type Form = Readonly<Record<GrantField, string | undefined>>;
type GrantField =
  | 'scope'
  | 'username'
  | 'password'
  | 'code'
  | 'redirect_uri'
  | 'code_verifier'
  | 'refresh_token';

export type Asking = {
  readonly application: Application;
  readonly form: Form;
  readonly ip: string;
  readonly now: Date;
};

type Granted = {
  readonly agent: DeskAgent | undefined;
  readonly scopes: readonly Permission[];
  readonly family: string;
  readonly signedInAt: Date;
  readonly nonce?: string | undefined;
};

export type TokenAnswer = {
  readonly scope: string;
  readonly token_type: 'Bearer';
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly id_token?: string;
};

const grants: Record<Grant, (ports: GrantPorts, asking: Asking) => Promise<Granted>> = {
  client_credentials: grantToClient,
  password: grantToPassword,
  authorization_code: grantToCode,
  refresh_token: grantToRefresh,
};

export async function giveToken(
  ports: GrantPorts,
  grant: Grant,
  asking: Asking,
): Promise<TokenAnswer> {
  const { application } = asking;
  if (!grantsOf[application.kind].includes(grant)) {
    refuse('oauth.unauthorized-client', { grant, kind: application.kind });
  }
  const granted = await grants[grant](ports, asking);
  if (granted.agent !== undefined && !application.allowAgents) {
    refuse('oauth.invalid-grant', { reason: 'agents may not sign in to this application' });
  }
  const answer = await issue(ports, asking, granted);
  const agent = granted.agent?.id;
  ports.log.info('A token was given', { application: application.id, grant, agent, ip: asking.ip });
  return answer;
}

async function grantToClient(ports: GrantPorts, asking: Asking): Promise<Granted> {
  const scopes = grantScopes(asking.form.scope, asking.application.scopes);
  const { agentId } = asking.application;
  if (agentId !== undefined) await enabledAgent(ports, agentId);
  return { agent: undefined, scopes, family: newId(asking.now), signedInAt: asking.now };
}

async function grantToPassword(ports: GrantPorts, asking: Asking): Promise<Granted> {
  const { username, password } = asking.form;
  if (username === undefined || password === undefined) {
    refuse('oauth.invalid-request', { reason: 'username and password are needed' });
  }
  const scopes = grantScopes(asking.form.scope, asking.application.scopes);
  const given = { login: username, password: new Secret(password), ip: asking.ip };
  const found = await ports.checkPassword(given);
  if (found === undefined) {
    return refuse('oauth.invalid-grant', {
      reason: 'the user name or password is wrong, or was tried too often',
    });
  }
  if (found.mustChange) {
    refuse('oauth.invalid-grant', { reason: 'the password must be changed at /auth/login first' });
  }
  if (await ports.hasSecondFactor(found.agent.id)) {
    refuse('oauth.invalid-grant', { reason: 'a password alone is not enough for this agent' });
  }
  const { agent } = found;
  return { agent, scopes, family: newId(asking.now), signedInAt: asking.now };
}

async function grantToCode(ports: GrantPorts, { application, form, ip, now }: Asking) {
  if (form.code === undefined) refuse('oauth.invalid-request', { reason: 'code is needed' });
  const hash = fastHash(form.code);
  const code = await takeCode(ports.db, hash, now);
  if (code === undefined) {
    const family = await familyOfTakenCode(ports.db, hash);
    if (family !== undefined)
      await takeBack(ports, { application, ip }, family, 'a code came twice');
    return refuse('oauth.invalid-grant', { reason: 'the code is wrong, used or expired' });
  }
  const fits =
    code.applicationId === application.id &&
    code.redirectUri === form.redirect_uri &&
    code.challenge === challengeOf(form.code_verifier ?? '');
  if (!fits) {
    refuse('oauth.invalid-grant', {
      reason: 'the code belongs to another client, redirect URI or code verifier',
    });
  }
  const agent = await enabledAgent(ports, code.agentId);
  const { scopes, family, signedInAt, nonce } = code;
  return { agent, scopes, family, signedInAt, nonce };
}

async function grantToRefresh(ports: GrantPorts, { application, form, ip, now }: Asking) {
  if (form.refresh_token === undefined) {
    refuse('oauth.invalid-request', { reason: 'refresh_token is needed' });
  }
  const hash = fastHash(form.refresh_token);
  const spent = await spendRefresh(ports.db, hash, application.id, now);
  if (spent === undefined) {
    const family = await familyOfSpent(ports.db, hash, application.id);
    if (family !== undefined) {
      await takeBack(ports, { application, ip }, family, 'a refresh token came twice');
    }
    return refuse('oauth.invalid-grant', { reason: 'the refresh token is wrong, used or expired' });
  }
  const agent = await enabledAgent(ports, spent.agentId ?? -1);
  // RFC 6749 §6: fewer scopes may be asked for, never more.
  const scopes = grantScopes(form.scope, spent.scopes);
  return { agent, scopes, family: spent.family, signedInAt: spent.signedInAt };
}

async function enabledAgent(ports: GrantPorts, id: number): Promise<DeskAgent> {
  const agent = await ports.agents.find(id);
  if (agent === undefined || !agent.enabled) {
    return refuse('oauth.invalid-grant', { reason: 'the agent is disabled' });
  }
  return agent;
}

/** RFC 7636 §4.6 with S256, the only method taken. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** Something was copied: nobody can tell who shows it, so everybody signs in anew. */
async function takeBack(
  ports: GrantPorts,
  { application, ip: address }: Pick<Asking, 'application' | 'ip'>,
  family: string,
  because: string,
): Promise<void> {
  const subject = { kind: 'application', id: application.id, name: application.name };
  const permissions = new Set<Permission>();
  const actor = { ...subject, kind: 'application' as const, permissions, address };
  await inTransaction(ports.db, async (tx) => {
    await deleteTokensOf(tx, { family });
    await audit(tx, [{ actor, action: 'token.reused', subject, outcome: 'refused', because }]);
    await ring(tx, accessBell);
  });
}

async function issue(ports: GrantPorts, asking: Asking, granted: Granted): Promise<TokenAnswer> {
  const { application, now } = asking;
  const access = newToken();
  const refresh = granted.scopes.includes('offline_access') ? newToken() : undefined;
  const token = (kind: Token['kind'], secret: Secret, expiresAt: Date): Token => ({
    hash: fastHash(secret.reveal()),
    kind,
    family: granted.family,
    applicationId: application.id,
    agentId: granted.agent?.id,
    scopes: granted.scopes,
    signedInAt: granted.signedInAt,
    issuedAt: now,
    expiresAt,
  });
  await insertTokens(ports.db, [
    token('access', access, after(now, tokenLimits.accessSeconds)),
    ...(refresh === undefined
      ? []
      : [token('refresh', refresh, after(granted.signedInAt, tokenLimits.refreshSeconds))]),
  ]);
  const idToken = await idTokenFor(ports, asking, granted);
  return {
    scope: granted.scopes.join(' '),
    token_type: 'Bearer',
    access_token: access.reveal(),
    expires_in: tokenLimits.accessSeconds,
    ...(refresh === undefined ? {} : { refresh_token: refresh.reveal() }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
}

async function idTokenFor(ports: GrantPorts, asking: Asking, granted: Granted) {
  const { agent, nonce } = granted;
  if (agent === undefined || !granted.scopes.includes('openid')) return undefined;
  const claims = {
    issuer: ports.issuer,
    audience: asking.application.clientId,
    subject: `agent-${agent.id}`,
    lifeSeconds: tokenLimits.accessSeconds,
    more: {
      auth_time: Math.floor(granted.signedInAt.getTime() / 1000),
      name: agent.name,
      email: agent.email,
      ...(nonce === undefined ? {} : { nonce }),
    },
  };
  return signToken(ports, claims, asking.now);
}

function after(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000);
}
