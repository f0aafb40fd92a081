// How a sign-on begins: what every protocol is given to begin with.
import type { PersonId } from '#domain/ports/people.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Answer, RequestHeaders } from '#http/route.ts';
import type { Entity, SsoApplication } from './model.ts';
import type { SsoPorts } from './ports.ts';

export type Start = {
  readonly purpose: 'sign-in' | 'test' | 'link';
  readonly entity: Entity | undefined;
  /** Where they go afterwards: `signedIn` takes nothing but a path of this hub. */
  readonly back: string;
  /** Who tests or links. */
  readonly by?: PersonId;
  readonly headers: RequestHeaders;
  /** Checked on the way there; its steps are kept with the transaction, for the attempt that comes of it. */
  readonly trace: Trace;
};

/**
 * Sends the browser to the other system. What is refused by `trace.refuse` becomes an attempt and the
 * page of refusals, as anything else that is thrown (start-routes.ts).
 */
export type Begin = (ports: SsoPorts, application: SsoApplication, start: Start) => Promise<Answer>;
