// A ticket with its part of the audit trail: GET /Tickets/{id}?include_auditing=true.
import type { Actor } from '#domain/actor.ts';
import { allows } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { reading } from '#http/halo/query.ts';
import type { Resource } from './resource.ts';
import type { Wire } from './select.ts';

/** The entries that concern a ticket, as Halo spells them; another feature's, handed over by the composition. */
export type AuditOf = (actor: Actor, ticketId: number) => Promise<readonly unknown[]>;

/** What a ticket's GET takes besides. */
export function auditingQuery({ kind }: Resource) {
  return kind === 'ticket' ? { include_auditing: reading.flag } : {};
}

export async function withAuditing(
  auditOf: AuditOf | undefined,
  actor: Actor,
  wanted: unknown,
  found: Wire | undefined,
): Promise<Wire | undefined> {
  if (wanted !== true || auditOf === undefined || typeof found?.id !== 'number') return found;
  if (!allows(actor.permissions, 'audit:read')) {
    refuse('permission.lacking', { permission: 'audit:read' });
  }
  return { ...found, audit_log: await auditOf(actor, found.id) };
}
