// Whether anybody acts as somebody else at all: two switches, off until an administrator turns them.
import { type Actor, refuseImpersonated } from '#domain/actor.ts';
import type { Person } from '#domain/ports/people.ts';
import { audit } from '#store/audit.ts';
import { type Db, inTransaction, type Tx } from '#store/db.ts';
import { endImpersonations } from './end.ts';
import type { ImpersonationPorts } from './ports.ts';

export type Target = Person['kind'];
export type TargetSettings = {
  readonly allowed: boolean;
  /** Whether people are told that somebody acted as them. */
  readonly told: boolean;
};
export type Settings = Readonly<Record<Target, TargetSettings>>;

export const targets = ['agent', 'user'] as const satisfies readonly Target[];
const fields = ['allowed', 'told'] as const;

export async function readSettings(db: Db | Tx): Promise<Settings> {
  const rows = await db
    .selectFrom('impersonation_settings')
    .select(['target', 'allowed', 'told'])
    .execute();
  const of = (target: Target): TargetSettings => {
    const row = rows.find((one) => one.target === target);
    return { allowed: row?.allowed ?? false, told: row?.told ?? true };
  };
  return { agent: of('agent'), user: of('user') };
}

export type SettingsChange = {
  readonly [T in Target]?: { readonly [F in keyof TargetSettings]?: boolean | undefined };
};

/** Turning it off ends what is under way, at once and everywhere. */
export async function changeSettings(
  { db, clock }: Pick<ImpersonationPorts, 'db' | 'clock'>,
  change: SettingsChange,
  actor: Actor,
): Promise<Settings> {
  refuseImpersonated(actor);
  return inTransaction(db, async (tx) => {
    await tx.selectFrom('impersonation_settings').select('target').forUpdate().execute();
    const before = await readSettings(tx);
    for (const target of targets) {
      const after = { ...before[target], ...given(change[target]) };
      const changed = fields.filter((field) => after[field] !== before[target][field]);
      if (changed.length === 0) continue;
      await tx
        .updateTable('impersonation_settings')
        .set({ ...after, changed_at: clock() })
        .where('target', '=', target)
        .execute();
      await audit(
        tx,
        changed.map((field) => ({
          actor,
          action: 'impersonation.setting-changed',
          subject: { kind: 'setting', id: `impersonation/${target}`, name: `Acting as ${target}s` },
          field,
          before: String(before[target][field]),
          after: String(after[field]),
          outcome: 'done' as const,
        })),
      );
      if (!after.allowed) {
        await endImpersonations(tx, { target }, { actor, because: 'it was switched off' });
      }
    }
    return readSettings(tx);
  });
}

function given(change: SettingsChange[Target] = {}): Partial<TargetSettings> {
  return {
    ...(change.allowed === undefined ? {} : { allowed: change.allowed }),
    ...(change.told === undefined ? {} : { told: change.told }),
  };
}
