-- What a user of the desk has open ends with them, as an agent's does (0020-access-of-agents.sql): when
-- they or their client become inactive, when they turn out to be no person, and when they are deleted.
create function end_access_of_user() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.inactive or new.service_account or new.general then
    delete from sessions where owner_kind = 'user' and owner_id = old.id;
  end if;
  if tg_op = 'DELETE' then
    delete from credentials where owner_kind = 'user' and owner_id = old.id;
  end if;
  -- Also at a move to another site: it may belong to another client.
  perform pg_notify('sundog_access', '');
  return null;
end
$$;

create trigger access_ends_with_user after update on desk_users
  for each row when (
    old.inactive is distinct from new.inactive
    or old.service_account is distinct from new.service_account
    or old.general is distinct from new.general
    or old.site_id is distinct from new.site_id
  ) execute function end_access_of_user();
create trigger access_is_deleted_with_user after delete on desk_users
  for each row execute function end_access_of_user();

create function end_access_of_client() returns trigger language plpgsql as $$
begin
  delete from sessions where owner_kind = 'user' and owner_id in (
    select u.id from desk_users u join desk_sites s on s.id = u.site_id where s.client_id = new.id
  );
  perform pg_notify('sundog_access', '');
  return null;
end
$$;
create trigger access_ends_with_client after update on desk_clients
  for each row when (new.inactive and not old.inactive) execute function end_access_of_client();

create function forget_access() returns trigger language plpgsql as $$
begin
  perform pg_notify('sundog_access', '');
  return null;
end
$$;
create trigger access_moves_with_site after update on desk_sites
  for each row when (old.client_id is distinct from new.client_id) execute function forget_access();
