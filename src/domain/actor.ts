// An actor is who does something: an agent at the console, a user, an API application, or the hub itself.
import type { Permission } from './permission.ts';
import { refuse } from './problem.ts';

/** Who really acts in an impersonation (RFC 8693, `act`). */
export type Behind = {
  readonly kind: 'agent';
  readonly id: string;
  readonly name: string;
};

export type Actor = {
  readonly kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  readonly id: string;
  readonly name: string;
  /** What the actor may do. For an application that logs in as an agent: both must allow it. */
  readonly permissions: ReadonlySet<Permission>;
  /** The agent an application or an agent's session stands for in the desk, where there is one. */
  readonly agentId?: number;
  /** The desk user, for a user's session. */
  readonly userId?: number;
  /** The client whose things alone the actor sees; undefined sees every client. */
  readonly clientId?: number;
  /** Where the request came from; none for what the hub does by itself and for commands. */
  readonly address?: string;
  /** The browser session that asks; none for tokens, keys and commands. */
  readonly sessionId?: string;
  /** Set while somebody else acts as this actor: an impersonation. */
  readonly behind?: Behind;
};

/**
 * What nobody may do as somebody else: approve, reveal, change passwords, second factors or keys,
 * redact, or impersonate again (docs/impersonation.md).
 */
export function refuseImpersonated({ behind, name }: Actor): void {
  if (behind !== undefined) refuse('impersonation.not-here', { name });
}

export const theHub: Actor = {
  kind: 'system',
  id: 'sundog',
  name: 'Sundog',
  permissions: new Set(),
};

/** A caller without credentials, on a route that anyone may call. May do nothing. */
export const nobody: Actor = {
  kind: 'nobody',
  id: 'nobody',
  name: 'Nobody',
  permissions: new Set(),
};

/** The same caller, at the address this request came from. */
export function callingFrom(actor: Actor, address: string): Actor {
  return actor.address === address ? actor : { ...actor, address };
}
