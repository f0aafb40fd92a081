-- A secret link is written three times in its life, so what a write costs is looked at.

-- What a claim's outcome changes stands in no index any more: that write touches the row's page alone.
drop index secret_links_open;
create index secret_links_open on secret_links (expires_at) where ended_at is null;
alter table secret_links set (fillfactor = 80);

-- Nothing is looked up where nothing is sealed, and the columns with many rows are read without a statement
-- of their own for each row.
create or replace function refuse_retired_key() returns trigger language plpgsql as $$
declare
  sealed bytea;
  key_id text;
  key_state text;
begin
  if tg_argv[0] = 'sealed_content' then
    sealed := new.sealed_content;
  else
    execute format('select ($1).%I', tg_argv[0]) into sealed using new;
  end if;
  if sealed is null then
    return new;
  end if;
  key_id := encode(substring(sealed from 2 for 8), 'hex');
  select state into key_state from master_keys where id = key_id for key share;
  if key_state = 'retired' then
    raise exception 'The master key % was retired and seals nothing more; start this process again.', key_id
      using errcode = 'SDK01';
  end if;
  return new;
end
$$;
