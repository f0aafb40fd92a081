// Managers are known by name, and a directory that renames one says nothing of their reports: they follow here.
import { sql } from 'kysely';
import type { Tx } from '#store/db.ts';

/**
 * Whoever was not read by this run reports to the new name; of who was, that is known by what was read. All at once,
 * and before anybody moves out of what was read: one may have the name by now that was another's, and reports who
 * were moved by then would count as not read. From here on the new names are known, so that a second time does nothing.
 */
export async function followNames(
  tx: Tx,
  { syncId, runId }: { readonly syncId: number; readonly runId: string },
): Promise<void> {
  await following(syncId, runId).execute(tx);
}

/** Each is looked up by itself: without statistics all that was read would be gone through for each of them. */
export function following(syncId: number, runId: string) {
  return sql`
    with renamed as (
      select s.target, s.entry_id, s.dn, was.dn as was from sync_seen s cross join lateral (
        select dn from sync_people
        where entry_id = s.entry_id and sync_id = ${syncId} and target = s.target offset 0) was
      where s.sync_run_id = ${runId}::uuid and s.state = 'linked' and was.dn <> s.dn
    ), reporting as (
      select r.target, r.dn, p.entry_id from renamed r cross join lateral (
        select entry_id from sync_people where md5(lower(manager_dn)) = md5(lower(r.was))
          and sync_id = ${syncId} and target = r.target and state = 'linked' offset 0) p
      where not exists (select from sync_seen s where s.sync_run_id = ${runId}::uuid
        and s.target = r.target and s.entry_id = p.entry_id offset 0)
    ), followed as (
      update sync_people p set manager_dn = r.dn from reporting r
      where p.entry_id = r.entry_id and p.sync_id = ${syncId} and p.target = r.target
    )
    update sync_people p set dn = r.dn from renamed r
    where p.entry_id = r.entry_id and p.sync_id = ${syncId} and p.target = r.target`;
}
