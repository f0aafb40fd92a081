// What was seen of people becomes what is known of them: one statement for all who were moved, in the transaction of their records.
import { sql } from 'kysely';

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
 * gone, nobody keeps a record that another entry comes to have.
 */
function claims(syncId: number) {
  return sql`same_desk as (
      select other.id from directory_syncs other join directory_syncs mine
        on other.desk_connection_id is not distinct from mine.desk_connection_id
      where mine.id = ${syncId}
    ), judged as (
      select m.*, m.joins and exists (
        select from sync_people p where p.desk_id = m.record and p.target = m.target
          and p.state = 'linked' and p.entry_id <> m.entry_id and p.sync_id in (select id from same_desk)
        offset 0) as lost
      from moved m
    ), given_up as (
      update sync_people p set desk_id = null
      where p.state = 'gone' and p.sync_id in (select id from same_desk)
        and p.desk_id = any(array(select record from judged where joins and not lost))
        and exists (select from judged j where j.joins and not j.lost and j.record = p.desk_id
          and j.target = p.target)
        and not exists (select from judged j where j.entry_id = p.entry_id and j.target = p.target)
    )`;
}
