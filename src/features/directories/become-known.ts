// What was seen of people becomes what is known of them: one statement for all who were moved, in the transaction of their records.
import { sql } from 'kysely';

/** What becomes known of somebody. */
export const seenOf = sql`target, entry_id, digest, dn, name, place_id, state, desk_id, manager_dn, joins`;

/**
 * Follows a `moved` of rows of sync_seen, with the `record` each comes to have and whether a change of theirs `failed`.
 * A record that was not made is nobody's yet, and one that could not be deactivated is still somebody's: both are
 * planned again, also where the directory says nothing more of them.
 */
export function becomeKnown(syncId: number, runId: string) {
  return sql`, ${claims(syncId)}
    insert into sync_people
      (sync_id, target, entry_id, digest, dn, name, place_id, state, desk_id, manager_dn, due)
    select ${syncId}, target, entry_id, digest, dn, name, place_id,
      case when state = 'linked' and (record is null or lost) then 'left-out'
        when state = 'gone' and failed then 'linked' else state end,
      case when lost then null else record end, manager_dn, failed or lost
    from judged
    on conflict (sync_id, target, entry_id) do update set
      digest = excluded.digest, dn = excluded.dn, name = excluded.name,
      place_id = excluded.place_id, state = excluded.state, desk_id = excluded.desk_id,
      manager_dn = excluded.manager_dn,
      -- Decided since the run began: it may not have known.
      due = excluded.due or (sync_people.due and exists (
        select from sync_disputes d join sync_runs r on r.id = ${runId}::uuid
        where d.sync_id = excluded.sync_id and d.target = excluded.target
          and d.entry_id = excluded.entry_id and d.decided_at >= r.created_at))`;
}

/**
 * Whoever was to have a record that is somebody else's by now has lost it, and is planned again; of those who are
 * gone, nobody keeps a record that another entry comes to have. Most records are nobody's: of those that somebody
 * has, and of no other, it is asked further.
 */
function claims(syncId: number) {
  const holders = sql`
    select from sync_people p where p.desk_id = m.record and p.target = m.target
      and p.entry_id <> m.entry_id and p.sync_id in (select id from same_desk)`;
  return sql`same_desk as (
      select other.id from directory_syncs other join directory_syncs mine
        on other.desk_connection_id is not distinct from mine.desk_connection_id
      where mine.id = ${syncId}
    ), judged as (
      select m.*, m.is_held and exists (${holders} and p.state = 'linked' offset 0) as lost
      from (select m.*, m.joins and exists (${holders} and p.state in ('linked', 'gone') offset 0) as is_held
        from moved m offset 0) m
    ), given_up as (
      update sync_people p set desk_id = null
      where p.state = 'gone' and p.sync_id in (select id from same_desk)
        and p.desk_id = any(array(select record from judged where is_held and not lost))
        and ((p.desk_id, p.target) in (select record, target from judged where is_held and not lost)) is true
        and (p.entry_id, p.target) not in (select entry_id, target from judged)
    )`;
}
