-- What a sync knows of people is written for each of them: what could be asked once, or of less, is.

-- Whom a name belongs to, by a hash of it: of a name of any length, in half the octets, and a third of what it costs to
-- put it in order. Few rows have one name, of other syncs and targets. Who reports to somebody is thousands: they stay
-- in order, where those of one name take no more room than one.
drop index sync_people_dn;
create index sync_people_dn on sync_people using hash (lower(dn));

-- As for rows of plans and runs (0061), also where what they refer to is no uuid.
create or replace function refer_to_one_that_stays() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  -- The column that refers, and the table it refers to.
  referring text := tg_argv[0];
  referred text := tg_argv[1];
  owner_id text;
  stays boolean;
begin
  for owner_id in execute format('select distinct %I::text from added', referring) loop
    execute format('select true from %I where id = %L for key share', referred, owner_id) into stays;
    if stays is null then
      raise exception 'rows of % refer to % of %, which is gone', tg_table_name, owner_id, referred
        using errcode = 'foreign_key_violation', schema = tg_table_schema, table = tg_table_name,
          constraint = tg_name;
    end if;
  end loop;
  return null;
end
$$;

alter table sync_people drop constraint sync_people_sync_id_fkey;
create trigger sync_people_sync_stays after insert on sync_people referencing new table as added
  for each statement execute function refer_to_one_that_stays('sync_id', 'directory_syncs');
create trigger people_go_with_sync after delete on directory_syncs
  for each row execute function go_with_what_they_refer_to('sync_people', 'sync_id');
