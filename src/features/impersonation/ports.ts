// What acting as somebody else needs of the rest of the hub, composed in src/*.ts.
import type { Person, PersonId } from '#domain/ports/people.ts';
import type { AnswerHeaders, RequestHeaders } from '#http/route.ts';
import type { Clock } from '#lib/clock.ts';
import type { Secret } from '#lib/secret.ts';
import type { Db, Tx } from '#store/db.ts';

export type Claims = {
  readonly subject: string;
  readonly lifeSeconds: number;
  readonly more: { readonly jti: string; readonly act: { readonly sub: string } };
};

export type Beginning = {
  /** Of the request. */
  readonly id: number;
  readonly by: Person;
  readonly target: Person;
  readonly reason: string;
  readonly ownToken: string;
  readonly browser: { readonly ip: string; readonly userAgent: string };
  readonly endsAt: Date;
};

export type Sessions = {
  /** The cookie of the browser session that asks. */
  readonly tokenIn: (headers: RequestHeaders) => string | undefined;
  /** Begins the session of the target; gives its cookie and the ids of its audit entries. */
  readonly begin: (
    tx: Tx,
    given: Beginning,
    now: Date,
  ) => Promise<{ readonly token: Secret; readonly entries: readonly string[] }>;
  /** The headers by which the browser goes on as the target and keeps its own session aside. */
  readonly headersFor: (token: Secret, ownToken: string) => AnswerHeaders;
};

export type Telling = {
  readonly key: string;
  readonly target: Person;
  readonly byName: string;
  readonly reason: string;
  readonly at: Date;
};

export type ImpersonationPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly findPerson: (who: PersonId) => Promise<Person | undefined>;
  readonly sign: (claims: Claims, now: Date) => Promise<string>;
  /** The jti of a token that is ours, for this and not expired. */
  readonly read: (token: string, now: Date) => Promise<string | undefined>;
  readonly sessions: Sessions;
  /** Resolves once these audit entries are chained. */
  readonly chained: (ids: readonly string[]) => Promise<void>;
  /** Writes to the person that somebody acts as them. */
  readonly tell: (tx: Tx, telling: Telling) => Promise<void>;
};
