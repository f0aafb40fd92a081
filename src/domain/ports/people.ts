// The people who sign in: agents and users of the desk, told apart by their kind and alike in everything else.
import type { Permission } from '#domain/permission.ts';
import type { Agents } from './agents.ts';
import type { Users } from './users.ts';

export type PersonId = { readonly kind: 'agent' | 'user'; readonly id: number };

export type Person = PersonId & {
  readonly name: string;
  readonly email: string;
  readonly enabled: boolean;
  readonly permissions: ReadonlySet<Permission>;
  /** Whose things alone they may see: of a user, in so far as they are theirs. */
  readonly clientId?: number;
};

export type People = { readonly agents: Agents; readonly users: Users };
