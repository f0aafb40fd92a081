// Composes who may come in: applications with tokens and keys, people with sessions, one answer for all.
import { callingFrom } from '#domain/actor.ts';
import type { Person, PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import { callingWithKey, callingWithToken } from '#features/applications/callers.ts';
import { haloApplicationRoutes } from '#features/applications/halo-routes.ts';
import { oauthRoutes } from '#features/applications/oauth-routes.ts';
import { applicationRoutes } from '#features/applications/routes.ts';
import { deleteTokensOf } from '#features/applications/token-queries.ts';
import { mayAct } from '#features/impersonation/commands.ts';
import { noteEnd } from '#features/impersonation/end.ts';
import { impersonationRoutes } from '#features/impersonation/routes.ts';
import { checkLogin } from '#features/sign-in/check-login.ts';
import { cookieName, type ProviderLogout, type SignInPorts } from '#features/sign-in/forms.ts';
import { openPasswords } from '#features/sign-in/passwords.ts';
import { actorOf } from '#features/sign-in/people.ts';
import { signInRoutes } from '#features/sign-in/routes.ts';
import { passwordIsNotEnough } from '#features/sign-in/second-step.ts';
import { findSignedIn, type SessionPorts } from '#features/sign-in/sessions.ts';
import { mayUseLocally } from '#features/sign-in/settings.ts';
import { noSignOn } from '#features/sign-in/sign-on-buttons.ts';
import { ssoSessions } from '#features/sign-in/sso-sessions.ts';
import { readCookie } from '#http/cookies.ts';
import type { Authenticate, Caller } from '#http/hall.ts';
import type { RequestHeaders, Route } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import { type Recent, recent } from '#lib/recent.ts';
import type { Secret } from '#lib/secret.ts';
import { fastHash } from '#lib/tokens.ts';
import { accessBell, hearBell } from '#store/bell.ts';
import type { Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { AccessPorts } from './access-commands.ts';
import { impersonationPorts } from './impersonation.ts';
import { tellOwner } from './sign-in-mail.ts';

export type HubPorts = AccessPorts & {
  readonly connectionString: Secret;
  readonly sealing: Sealing;
  readonly log: Log;
  readonly publicUrl: URL;
  /** Where somebody goes who came through a provider and signs out; nowhere, where nothing is said. */
  readonly providerLogout?: ProviderLogout;
  /** None, where nothing else is said. */
  readonly signOnOptions?: SignInPorts['signOnOptions'];
  /** Whether an agent has a second factor; sign-in knows, where nothing else is said. */
  readonly hasSecondFactor?: (agentId: number) => Promise<boolean>;
};

export type Access = AsyncDisposable & {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  /** What single sign-on begins and ends. */
  readonly ssoSessions: ReturnType<typeof ssoSessions>;
};

/** A caller found is remembered so long; what ends their access makes every process forget at once. */
const rememberedMs = 3_000;
const rememberedMax = 10_000;

type Known = { readonly caller: Caller; readonly until: Date | undefined };

/** What the running hub needs. Holds one database connection, on which it hears of changes. */
export async function openAccess(ports: HubPorts): Promise<Access> {
  const passwords = await openPasswords();
  let heard = false;
  const known = recent<Known>({
    forMs: rememberedMs,
    keptMax: rememberedMax,
    trusted: () => heard,
  });
  const bell = await hearBell({
    connectionString: ports.connectionString,
    name: accessBell,
    log: ports.log,
    onRing: known.forget,
    onHearing: (hearing) => {
      heard = hearing;
    },
  });
  const { db, agents, users, clock, publicUrl } = ports;
  const secure = publicUrl.protocol === 'https:';
  const issuer = `${publicUrl.href.replace(/\/$/, '')}/auth`;
  const impersonation = impersonationPorts({ ...ports, issuer, secure });
  const signIn = {
    ...{ db, agents, users, passwords, clock, secure, publicUrl, endTokensOf },
    sealing: ports.sealing,
    tell: tellOwner,
    providerLogout: ports.providerLogout ?? (async () => undefined),
    signOnOptions: ports.signOnOptions ?? (async () => noSignOn),
    impersonation: {
      mayAct: (by: Person, target: Person) => mayAct(db, by, target),
      noteEnd,
    },
  };
  const oauth = {
    ...ports,
    issuer,
    // Applications are for agents: a user's password brings no token.
    checkPassword: async (given: Parameters<typeof checkLogin>[1]) => {
      const found = await checkLogin(signIn, given, clock());
      if (found?.person.kind !== 'agent') return undefined;
      if (!(await mayUseLocally(db, found.person))) return undefined;
      return { agent: found.person, mustChange: found.mustChange };
    },
    hasSecondFactor: ports.hasSecondFactor ?? ((id: number) => passwordIsNotEnough(db, id)),
    whoIsSignedIn: (headers: RequestHeaders) => whoIsSignedIn(signIn, headers),
  };
  return {
    routes: [
      ...signInRoutes(signIn),
      ...oauthRoutes(oauth),
      ...applicationRoutes(ports),
      ...haloApplicationRoutes(ports),
      ...impersonationRoutes(impersonation),
    ],
    authenticate: authenticator(signIn, known),
    ssoSessions: ssoSessions(signIn),
    [Symbol.asyncDispose]: () => bell[Symbol.asyncDispose](),
  };
}

/** What an agent has open otherwise ends by the database's own rule: 0020-access-of-agents.sql. */
async function endTokensOf(tx: Tx, { kind, id }: PersonId): Promise<void> {
  if (kind === 'agent') await deleteTokensOf(tx, { agentId: id });
}

type Doors = SessionPorts & { readonly clock: Clock; readonly secure: boolean };

/** The first credential counts, whether it holds or not: a bad token is not mended by a cookie. */
function authenticator(doors: Doors, known: Recent<Known>): Authenticate {
  return async ({ headers, ip }) => {
    const credential = credentialOf(doors, headers);
    if (credential === undefined) return undefined;
    const key = `${credential.kind} ${fastHash(credential.text).toString('base64')}`;
    const now = doors.clock();
    const found = await known.get(key, () => lookUp(doors, credential, ip, now));
    if (found === undefined || (found.until !== undefined && found.until <= now)) return undefined;
    return { ...found.caller, actor: callingFrom(found.caller.actor, ip) };
  };
}

type Credential = { readonly kind: 'token' | 'key' | 'session'; readonly text: string };

function credentialOf(doors: Doors, headers: RequestHeaders): Credential | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') {
    const text = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
    return text === undefined ? undefined : { kind: 'token', text };
  }
  const apiKey = headers['x-halo-api-key'];
  if (typeof apiKey === 'string') return { kind: 'key', text: apiKey };
  const cookie = readCookie(headers, cookieName(doors));
  return cookie === undefined ? undefined : { kind: 'session', text: cookie };
}

async function lookUp(
  doors: Doors,
  { kind, text }: Credential,
  ip: string,
  now: Date,
): Promise<Known | undefined> {
  if (kind === 'session') return bySession(doors, text, now);
  const calling =
    kind === 'token'
      ? await callingWithToken(doors, text, now)
      : await callingWithKey(doors, text, ip, now);
  if (calling === undefined) return undefined;
  const { actor, applicationId, until } = calling;
  return { caller: { actor, limitedAs: applicationId }, until };
}

async function bySession(doors: Doors, text: string, now: Date): Promise<Known | undefined> {
  const found = await findSignedIn(doors, text, now);
  if (found === undefined || found.session.mustChange) return undefined;
  const { person, behind, csrfToken, session } = found;
  const actor = { ...actorOf(person, behind), sessionId: session.id };
  return { caller: { actor, csrfToken }, until: session.endsAt };
}

async function whoIsSignedIn(doors: Doors, headers: RequestHeaders) {
  const cookie = readCookie(headers, cookieName(doors));
  const found = cookie === undefined ? undefined : await findSignedIn(doors, cookie, doors.clock());
  if (found === undefined || found.session.mustChange) return undefined;
  const { kind, id } = found.person;
  if (found.behind !== undefined)
    refuse('oauth.access-denied', {
      reason: 'nobody signs in to it while acting as somebody else',
    });
  return { agentId: kind === 'agent' ? id : undefined, since: found.session.startedAt };
}
