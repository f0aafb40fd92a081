// What single sign-on asks of the rest of the hub.
import type { Actor } from '#domain/actor.ts';
import type { Notice } from '#domain/notice.ts';
import type { OidcProviders } from '#domain/ports/oidc-providers.ts';
import type { People, Person, PersonId } from '#domain/ports/people.ts';
import type { Saml, SamlWriter } from '#domain/ports/saml.ts';
import type { ProvenIdentity } from '#domain/sso/identity.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import type { SsoApplication } from './model.ts';
import type { Transaction } from './transactions.ts';

export type SsoPorts = People & {
  readonly db: Db;
  readonly clock: Clock;
  readonly sealing: Sealing;
  readonly log: Log;
  /** Where people reach the hub: redirect URIs and entity IDs are made of it. */
  readonly publicUrl: URL;
  readonly secure: boolean;
  readonly rules: { readonly networks: readonly string[]; readonly labAllowed: boolean };
  readonly sessions: SsoSessions;
  readonly desk: SsoDesk;
  readonly oidc: OidcProviders;
  readonly newKey: SamlWriter['newKey'];
  readonly saml: Saml;
  /** Posts the notice in the transaction of what it tells. */
  readonly notify: (tx: Tx, notice: Notice) => Promise<void>;
};

export type Browser = { readonly ip: string; readonly userAgent: string };

/** Where a session comes from: kept beside it, for logout both ways. */
export type SsoOrigin = Omit<ProvenIdentity, 'claims'> & { readonly applicationId: number };

/** Which sessions: of one provider session, or all of one person at that provider. */
export type OriginOf = {
  readonly applicationId: number;
  readonly issuer?: string;
  readonly subject?: string;
  readonly providerSession?: string;
};

/** A new user, as an identity tells of them; what is empty is left out. */
export type NewUser = {
  readonly name: string;
  readonly siteId: number;
  readonly email: string | undefined;
  readonly details: Profile;
};

export type Profile = {
  readonly firstName?: string;
  readonly surname?: string;
  readonly title?: string;
  readonly department?: string;
  readonly phone?: string;
  readonly mobile?: string;
};

/** What the desk does for single sign-on, within the caller's transaction and with its own rules and audit. */
export type SsoDesk = {
  peopleIn(tx: Tx): People;
  createUser(tx: Tx, user: NewUser, by: Actor): Promise<number>;
  updateUser(
    tx: Tx,
    id: number,
    profile: Profile & { readonly name?: string },
    by: Actor,
  ): Promise<void>;
};

/** What sign-in does for single sign-on. */
export type SsoSessions = {
  /** Begins a session under a new id, in the caller's transaction; the token is its cookie's value. */
  begin(tx: Tx, person: Person, browser: Browser, origin: SsoOrigin, now: Date): Promise<Secret>;
  /** Sets the cookies and goes on to a path of this hub. */
  signedIn(token: Secret, back: string): Answer;
  whoIsSignedIn(headers: RequestHeaders): Promise<SignedOn | undefined>;
  /** Ends every session of that origin, each with its audit entry; says how many. */
  endOf(tx: Tx, origin: OriginOf, because: string, address: string | undefined): Promise<number>;
};

export type SignedOn = {
  readonly person: PersonId & { readonly name: string };
  readonly csrfToken: string;
  /** When they signed in. */
  readonly since: Date;
  /** Whether they act as somebody else at the moment; `person` is who they are. */
  readonly acting: boolean;
  /** Where the session came from; undefined for a local sign-in. */
  readonly origin: SsoOrigin | undefined;
};

/** A sign-on whose identity is proven: what remains is whose it is, and whether they may come in. */
export type SignOn = {
  readonly application: SsoApplication;
  readonly identity: ProvenIdentity;
  /** Undefined where the provider began it (SAML, where it is allowed). */
  readonly transaction: Transaction | undefined;
  readonly trace: Trace;
  readonly browser: Browser;
};
