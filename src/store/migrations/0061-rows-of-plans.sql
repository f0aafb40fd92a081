-- What a plan says of a change is written once, as it was hashed, and read whole: json keeps the text, where jsonb takes it
-- apart and puts it together again.
alter table plan_changes alter column document type json;

-- Rows that are written by the thousand for one plan or run, and live as long as it. That it is there is asked once for a
-- statement, and not once for a row; it is held until the transaction ends, so that its deletion finds them all.
create function refer_to_one_that_stays() returns trigger language plpgsql security definer
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

create function go_with_what_they_refer_to() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  execute format('delete from %I where %I = $1', tg_argv[0], tg_argv[1]) using old.id;
  return null;
end
$$;

alter table plan_changes drop constraint plan_changes_plan_id_fkey;
create trigger plan_changes_plan_stays after insert on plan_changes referencing new table as added
  for each statement execute function refer_to_one_that_stays('plan_id', 'plans');
create trigger changes_go_with_plan after delete on plans
  for each row execute function go_with_what_they_refer_to('plan_changes', 'plan_id');

alter table plan_people drop constraint plan_people_plan_id_fkey;
create trigger plan_people_plan_stays after insert on plan_people referencing new table as added
  for each statement execute function refer_to_one_that_stays('plan_id', 'plans');
create trigger people_go_with_plan after delete on plans
  for each row execute function go_with_what_they_refer_to('plan_people', 'plan_id');

alter table outcomes drop constraint outcomes_run_id_fkey;
create trigger outcomes_run_stays after insert on outcomes referencing new table as added
  for each statement execute function refer_to_one_that_stays('run_id', 'runs');
create trigger outcomes_go_with_run after delete on runs
  for each row execute function go_with_what_they_refer_to('outcomes', 'run_id');

alter table sync_seen drop constraint sync_seen_sync_run_id_fkey;
create trigger sync_seen_run_stays after insert on sync_seen referencing new table as added
  for each statement execute function refer_to_one_that_stays('sync_run_id', 'sync_runs');
create trigger seen_go_with_run after delete on sync_runs
  for each row execute function go_with_what_they_refer_to('sync_seen', 'sync_run_id');
