-- The master keys there have been, by their ids alone, and which of them seals. A key is retired when nothing
-- is sealed with it any more: the trigger below sees to it that nothing is afterwards.
create table master_keys (
  id text primary key check (id ~ '^[0-9a-f]{16}$'),
  state text not null check (state in ('current', 'old', 'retired')),
  since timestamptz not null,
  retired_at timestamptz,
  check ((state = 'retired') = (retired_at is not null))
);
create unique index master_keys_one_current on master_keys (state) where state = 'current';

-- One going through all sealed values, from its start to its end, whoever goes on with it after a kill.
create table key_rotations (
  id uuid primary key,
  state text not null check (state in ('running', 'done', 'incomplete')),
  from_key text references master_keys,
  to_key text not null references master_keys,
  started_at timestamptz not null,
  started_by text not null,
  ended_at timestamptz,
  -- Values that were old at the start, brought up to date since, and left because they do not open.
  total integer not null,
  resealed integer not null default 0,
  broken integer not null default 0,
  -- Where it stands: the column of this number in src/store/sealed-columns.ts, after this primary key.
  pass integer not null default 1,
  column_at integer not null default 0,
  after_key jsonb,
  check ((state = 'running') = (ended_at is null))
);
create unique index key_rotations_one_running on key_rotations (state) where state = 'running';

-- Attached to every sealed column by the migration itself (src/store/sealed-columns.ts). A writer holds its
-- key's row until it commits, and retiring a key waits for that: so no value is lost between the two.
create function refuse_retired_key() returns trigger language plpgsql as $$
declare
  sealed bytea;
  key_id text;
  key_state text;
begin
  execute format('select ($1).%I', tg_argv[0]) into sealed using new;
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

-- A database from before: its canary names the key that sealed it.
insert into master_keys (id, state, since)
select encode(substring(decode(value, 'base64') from 2 for 8), 'hex'), 'current', now()
from marks where name = 'sealing canary';
