-- What an agent has open ends with them, whichever way they are disabled, deleted or made less:
-- the rule stands here, so that nobody who changes agents can forget it.
create function end_access_of_agent() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.disabled then
    delete from sessions where owner_kind = 'agent' and owner_id = old.id;
    delete from tokens where agent_id = old.id;
    delete from authorization_codes where agent_id = old.id;
  end if;
  if tg_op = 'DELETE' then
    delete from credentials where owner_kind = 'agent' and owner_id = old.id;
  end if;
  -- Every process forgets who may come in when this commits (src/store/bell.ts).
  perform pg_notify('sundog_access', '');
  return null;
end
$$;

create trigger access_ends_with_agent after update on desk_agents
  for each row when (
    old.disabled is distinct from new.disabled
    or old.administrator is distinct from new.administrator
  ) execute function end_access_of_agent();
create trigger access_is_deleted_with_agent after delete on desk_agents
  for each row execute function end_access_of_agent();
