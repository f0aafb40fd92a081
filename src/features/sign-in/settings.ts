// What is asked of agents beside a password, and who may still sign in here once another system vouches.
import { sql } from 'kysely';
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { PersonId } from '#domain/ports/people.ts';
import { refuse } from '#domain/problem.ts';
import type { Clock } from '#lib/clock.ts';
import { type AuditEntry, audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';

export const localSignIns = ['everyone', 'break-glass'] as const;

export type SignInSettings = {
  readonly agentsNeedSecondFactor: boolean;
  readonly localSignIn: (typeof localSignIns)[number];
  readonly breakGlassAgents: readonly {
    readonly id: number;
    readonly name: string;
    /** Enabled, an administrator, and with a password here: they could come in. */
    readonly usable: boolean;
  }[];
};

export async function readSignInSettings(db: Db | Tx): Promise<SignInSettings> {
  const row = await db
    .selectFrom('sign_in_settings')
    .select(['agents_need_second_factor', 'local_sign_in'])
    .executeTakeFirst();
  const { rows } = await sql<SignInSettings['breakGlassAgents'][number]>`
    select a.id, a.name, ${usable} as usable from break_glass_agents b
    join desk_agents a on a.id = b.agent_id order by a.id`.execute(db);
  return {
    agentsNeedSecondFactor: row?.agents_need_second_factor ?? false,
    localSignIn: row?.local_sign_in ?? 'everyone',
    breakGlassAgents: rows,
  };
}

const usable = sql`(a.administrator and not a.disabled and exists (
  select from credentials c where c.owner_kind = 'agent' and c.owner_id = a.id))`;

/**
 * Whether this hub's own password or passkey lets them in. The rule holds while agents can sign on elsewhere
 * and somebody named could still come in here: it must never be what keeps everybody out.
 */
export async function mayUseLocally(db: Db, { kind, id }: PersonId): Promise<boolean> {
  if (kind === 'user') return true;
  const { rows } = await sql<{ barred: boolean }>`select
    exists (select from sign_in_settings where local_sign_in = 'break-glass')
    and exists (select from sso_applications where active and allow_agents)
    and exists (select from break_glass_agents b
      join desk_agents a on a.id = b.agent_id where ${usable})
    and not exists (select from break_glass_agents where agent_id = ${id}) as barred`.execute(db);
  return rows[0]?.barred === false;
}

export type SignInSettingsChange = {
  readonly agentsNeedSecondFactor?: boolean | undefined;
  readonly localSignIn?: SignInSettings['localSignIn'] | undefined;
  readonly breakGlassAgents?: readonly number[] | undefined;
};

export async function changeSignInSettings(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  change: SignInSettingsChange,
  actor: Actor,
): Promise<SignInSettings> {
  refuseImpersonated(actor);
  return inTransaction(db, async (tx) => {
    await tx.selectFrom('sign_in_settings').select('id').forUpdate().execute();
    const before = await readSignInSettings(tx);
    const { agentsNeedSecondFactor, localSignIn, breakGlassAgents } = change;
    await tx
      .updateTable('sign_in_settings')
      .set({
        agents_need_second_factor: agentsNeedSecondFactor ?? before.agentsNeedSecondFactor,
        local_sign_in: localSignIn ?? before.localSignIn,
      })
      .execute();
    if (breakGlassAgents !== undefined) await nameAgents(tx, breakGlassAgents);
    const after = await readSignInSettings(tx);
    if (after.localSignIn === 'break-glass' && !after.breakGlassAgents.some((one) => one.usable)) {
      refuse('sign-in-settings.locks-out');
    }
    const entries = entriesOf(before, after, actor);
    // What leaves no entry leaves no trace.
    if (entries.length === 0) return after;
    await tx.updateTable('sign_in_settings').set({ changed_at: clock() }).execute();
    await audit(tx, entries);
    return after;
  });
}

async function nameAgents(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.deleteFrom('break_glass_agents').execute();
  for (const id of new Set(ids)) {
    const agent = await tx.selectFrom('desk_agents').select('id').where('id', '=', id).execute();
    if (agent.length === 0) refuse('record.unknown', { kind: 'agent', id });
    await tx.insertInto('break_glass_agents').values({ agent_id: id }).execute();
  }
}

function entriesOf(before: SignInSettings, after: SignInSettings, actor: Actor): AuditEntry[] {
  const names = ({ breakGlassAgents }: SignInSettings) =>
    breakGlassAgents.map(({ id, name }) => `${name} (${id})`).join(', ');
  const fields = [
    ['agentsNeedSecondFactor', before.agentsNeedSecondFactor, after.agentsNeedSecondFactor],
    ['localSignIn', before.localSignIn, after.localSignIn],
    ['breakGlassAgents', names(before), names(after)],
  ] as const;
  return fields
    .filter(([, was, is]) => was !== is)
    .map(([field, was, is]) => ({
      actor,
      action: 'sign-in.setting-changed',
      subject: { kind: 'setting', id: 'sign-in', name: 'Signing in' },
      field,
      before: String(was),
      after: String(is),
      outcome: 'done',
    }));
}
