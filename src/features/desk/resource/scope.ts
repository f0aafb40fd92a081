// Whose rows an actor may see, as conditions that stand in every query.
import { sql } from 'kysely';
import type { Actor } from '#domain/actor.ts';
import type { Given } from '#http/halo/model.ts';
import { byFlag, byText, type Filter, type Sql } from './filter.ts';

/** An actor bound to a client sees that client's rows; a person who is no agent sees their own. */
export function boundTo(
  actor: Actor,
  rows: { readonly client: (id: number) => Sql; readonly user: (id: number) => Sql },
): Sql | undefined {
  if (actor.kind === 'user') {
    return actor.userId === undefined ? sql`false` : rows.user(actor.userId);
  }
  return actor.clientId === undefined ? undefined : rows.client(actor.clientId);
}

/** `includeactive`, `includeinactive` and `activeinactive` are one condition: see `activity`. */
export const activityFilters: Readonly<Record<string, Filter>> = {
  includeactive: byFlag(() => undefined),
  includeinactive: byFlag(() => undefined),
  activeinactive: byText(() => undefined),
};

/** Who left is hidden unless asked for. */
export function activity(asked: Given, inactive: string): readonly Sql[] {
  const { active, left } = wantedActivity(asked);
  if (active && left) return [];
  if (!active && !left) return [sql`false`];
  return [sql`${sql.raw(inactive)} = ${left}`];
}

function wantedActivity(asked: Given): { readonly active: boolean; readonly left: boolean } {
  const pair = asked.activeinactive;
  if (typeof pair === 'string') {
    const [active, left] = pair.toLowerCase().split(',');
    return { active: active?.trim() === 'true', left: left?.trim() === 'true' };
  }
  return { active: asked.includeactive !== false, left: asked.includeinactive === true };
}
