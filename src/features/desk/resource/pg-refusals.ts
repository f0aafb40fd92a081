// Rules that the database holds, told as sentences; and deadlocks, which are nobody's fault, tried again.
import { DatabaseError } from 'pg';
import { refuse } from '#domain/problem.ts';
import type { Resource } from './resource.ts';

const attemptsMax = 4;

/**
 * PostgreSQL error codes, appendix A: 23503 foreign_key_violation, 23505 unique_violation, 23514
 * check_violation, 54000 program_limit_exceeded (a text too long for its index).
 */
export function refusalOf(error: unknown, resource: Resource, doing: 'save' | 'delete'): never {
  if (!(error instanceof DatabaseError)) throw error;
  const column = memberOf(resource, error.constraint);
  const member = column ?? 'a member';
  if (error.code === '23503' && doing === 'delete') {
    return refuse('record.in-use', { kind: resource.kind, by: inWords(error.table) }, error);
  }
  if (error.code === '23503') return refuse('record.refers-to-nothing', { member }, error);
  if (error.code === '23505') {
    return refuse('record.taken', { kind: resource.kind, member: column ?? 'value' }, error);
  }
  if (error.code === '23514') {
    return refuse('request.invalid', { reason: `${member} has a value it cannot have` }, error);
  }
  if (error.code === '54000') {
    return refuse('request.invalid', { reason: 'a name, address or login is too long' }, error);
  }
  throw error;
}

/** What people call the rows of a table. */
function inWords(table = ''): string {
  return words[table] ?? 'other records';
}

const words: Readonly<Record<string, string>> = {
  assets: 'assets',
  asset_fields: 'fields of asset types',
  desk_agents: 'agents',
  desk_cab_members: 'members of boards',
  desk_clients: 'clients',
  desk_outcomes: 'outcomes',
  desk_sites: 'sites',
  desk_users: 'users',
  ticket_actions: 'actions of tickets',
  ticket_statuses: 'statuses',
  ticket_types: 'ticket types',
  tickets: 'tickets',
};

/** 40P01 deadlock_detected: one of two transactions was ended; it may simply be done again. */
export async function whenDeadlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isDeadlock = error instanceof DatabaseError && error.code === '40P01';
      if (!isDeadlock || attempt === attemptsMax) throw error;
    }
  }
}

/** Constraints are named after their column: desk_users_site_id_fkey, agent_email. */
function memberOf(resource: Resource, constraint = ''): string | undefined {
  const found = Object.entries(resource.members).find(
    ([, { kept }]) =>
      kept.in === 'column' &&
      (constraint === `${resource.table}_${kept.column}_fkey` ||
        constraint === `${resource.table}_${kept.column}_check` ||
        constraint.endsWith(`_${kept.column}`)),
  );
  return found?.[0];
}
