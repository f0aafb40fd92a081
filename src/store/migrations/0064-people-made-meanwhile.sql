-- Whether somebody else made people since a sync's plan was read, or changed what people are found by: counted where
-- it happens, so that a sync which has the desk to itself looks nobody up for it.

-- Grows with each such write. Its own numbers mean nothing; it is no part of a transaction, and nobody waits for it.
create sequence people_written;

-- A sync that has the desk to itself knows what it wrote: it says so for its transaction.
create function note_people_written() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('sundog.lone_sync', true), '') <> 'true' then
    perform nextval('people_written');
  end if;
  return null;
end
$$;

create trigger people_are_made after insert on desk_users
  for each statement execute function note_people_written();
create trigger people_are_made after insert on desk_agents
  for each statement execute function note_people_written();
create trigger people_are_made after insert on desk_cab_members
  for each statement execute function note_people_written();

create trigger people_are_found_otherwise after update on desk_users
  for each row when (
    (old.name, old.email, old.login, old.sam_account_name, old.site_id, old.general, old.service_account)
      is distinct from
      (new.name, new.email, new.login, new.sam_account_name, new.site_id, new.general, new.service_account)
    or old.custom_fields is distinct from new.custom_fields
    or old.extra is distinct from new.extra
  ) execute function note_people_written();
create trigger people_are_found_otherwise after update on desk_agents
  for each row when (
    (old.name, old.email, old.login, old.for_applications)
      is distinct from (new.name, new.email, new.login, new.for_applications)
    or old.custom_fields is distinct from new.custom_fields
    or old.extra is distinct from new.extra
  ) execute function note_people_written();
create trigger people_are_found_otherwise after update on desk_cab_members
  for each row when (
    (old.name, old.email, old.login, old.user_id, old.agent_id)
      is distinct from (new.name, new.email, new.login, new.user_id, new.agent_id)
  ) execute function note_people_written();
-- A client's sync finds that client's people.
create trigger people_are_found_otherwise after update on desk_sites
  for each row when (old.client_id is distinct from new.client_id)
  execute function note_people_written();

-- How far it had grown as a worker took the run up; null of a run that was taken up before this was counted.
alter table sync_runs add column people_written bigint;
