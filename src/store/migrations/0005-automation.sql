-- Automation: what is read, how it is mapped, what is planned, approved, applied, told and undone.
-- Documents (jsonb) are parsed by the feature's models; columns are what the database must hold or find by.

-- Named things that automations are made of. A draft never runs.
create table definitions (
  id uuid primary key,
  kind text not null check (kind in ('inbound-endpoint', 'mapping', 'outbound-webhook')),
  name text not null check (name <> ''),
  client_id int,
  connection_id uuid,
  state text not null check (state in ('draft', 'active')),
  document jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (kind, client_id, name),
  check ((connection_id is null) = (kind = 'mapping'))
);

--   draft -> proposed -> active <-> paused -> draft       an edit makes a new version
create table automations (
  id uuid primary key,
  name text not null check (name <> ''),
  client_id int,
  state text not null check (state in ('draft', 'proposed', 'active', 'paused')),
  version int not null check (version > 0),
  -- The lab's own sample alone may run the first time without a yes by hand.
  trusted_sample boolean not null default false,
  next_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (client_id, name)
);
create index automations_due on automations (next_run_at) where state = 'active';

create table automation_versions (
  automation_id uuid not null references automations on delete cascade,
  version int not null check (version > 0),
  document jsonb not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (automation_id, version)
);

-- Which account a person of a source is, for ever, by the directory's immutable id.
create table links (
  source_connection_id uuid not null,
  person_key text not null,
  person_name text not null,
  directory_connection_id uuid not null,
  account_id text not null,
  origin text not null check (origin in ('source', 'directory')),
  -- Set while the account is disabled because the hub disabled it: only such a one is enabled again.
  disabled_by_us text check (disabled_by_us in ('leaver', 'start-date')),
  created_by_run uuid,
  last_seen timestamptz not null,
  primary key (source_connection_id, directory_connection_id, person_key),
  -- Two persons of one source are never the same account.
  unique (source_connection_id, directory_connection_id, account_id)
);

--   planning -> waiting -> approved -> applying -> applied     (a plan being written is shown to nobody)
--                  |          '--> expired (derived: its hour has come and nobody applied it)
--                  |-> rejected
--                  '-> expired        `stopped`: waiting with a guard that stops it; `empty`: no change
create table plans (
  id uuid primary key,
  automation_id uuid references automations on delete cascade,
  automation_version int not null,
  -- For the test of an outbound webhook, which belongs to no automation.
  outbound_webhook_id uuid references definitions on delete cascade,
  -- sha-256 over the automation and every definition it names: a first run is the first of these.
  definition_digest text not null,
  title text not null,
  client_id int,
  state text not null check (
    state in ('planning', 'waiting', 'approved', 'rejected', 'applying', 'applied')
  ),
  needs_approval boolean not null,
  sentence text not null,
  hash text not null,
  undoes_run_id uuid,
  person_key text,
  -- Whose people they are: the key of their links.
  source_connection_id uuid,
  source jsonb not null,
  guards jsonb not null,
  -- Whether a guard stops it, and whether one asks for a look: told apart without reading the guards.
  verdict text not null check (verdict in ('pass', 'review', 'stop')),
  -- How many accounts the guards took their shares of.
  account_count int not null,
  change_count int not null,
  created_at timestamptz not null,
  created_by_kind text not null
    check (created_by_kind in ('agent', 'user', 'application', 'system', 'nobody')),
  created_by_id text not null,
  created_by text not null,
  expires_at timestamptz not null,
  check ((automation_id is null) <> (outbound_webhook_id is null))
);
create index plans_by_automation on plans (automation_id, id);
create index plans_open on plans (id) where state in ('waiting', 'approved');

create table plan_changes (
  plan_id uuid not null references plans on delete cascade,
  position int not null,
  change_id text not null,
  person_key text not null,
  kind text not null
    check (kind in (
      'create', 'update', 'enable', 'disable', 'add-member', 'remove-member', 'tell'
    )),
  connection_id uuid not null,
  document jsonb not null,
  primary key (plan_id, change_id),
  unique (plan_id, position)
);
create index plan_changes_by_person on plan_changes (plan_id, person_key, position);

-- Everyone the plan speaks of, with what it says of them; `record` is what the source said (for tell).
create table plan_people (
  plan_id uuid not null references plans on delete cascade,
  position int not null,
  person_key text not null,
  person_name text not null,
  situation text not null,
  in_group text not null
    check (in_group in ('starter', 'mover', 'leaver', 'disputed', 'waiting', 'unchanged')),
  change_count int not null,
  notes jsonb not null,
  record jsonb,
  primary key (plan_id, person_key),
  unique (plan_id, position)
);

-- Links that a match rule found, remembered once the plan is applied.
create table plan_links (
  plan_id uuid not null references plans on delete cascade,
  person_key text not null,
  document jsonb not null,
  primary key (plan_id, person_key)
);

-- The primary key is the rule: a plan is decided once, whoever clicks at the same time.
create table approvals (
  plan_id uuid primary key references plans on delete cascade,
  decision text not null check (decision in ('approved', 'rejected')),
  hash text not null,
  comment text not null default '',
  overridden text[] not null default '{}',
  override_reason text,
  decided_by_kind text not null
    check (decided_by_kind in ('agent', 'user', 'application', 'system', 'nobody')),
  decided_by_id text not null,
  decided_by text not null,
  decided_at timestamptz not null,
  check (cardinality(overridden) = 0 or override_reason <> '')
);

-- A plan has one run: the unique key refuses the second of two applies at once.
create table runs (
  id uuid primary key,
  plan_id uuid not null unique references plans on delete cascade,
  client_id int,
  undoes_run_id uuid references runs on delete cascade,
  started_at timestamptz not null,
  started_by_kind text not null
    check (started_by_kind in ('agent', 'user', 'application', 'system', 'nobody')),
  started_by_id text not null,
  started_by text not null,
  finished_at timestamptz
);
create index runs_undoing on runs (undoes_run_id) where undoes_run_id is not null;

--              +-> done | skipped | conflict | failed      (final: nothing leaves these)
--   pending ---+
--      ^       +-> waiting --- its hour comes ---> tried again
--      '------------------- a tell is posted: waiting until it is delivered
create table outcomes (
  run_id uuid not null references runs on delete cascade,
  change_id text not null,
  position int not null,
  person_key text not null,
  kind text not null
    check (kind in (
      'create', 'update', 'enable', 'disable', 'add-member', 'remove-member', 'tell'
    )),
  connection_id uuid not null,
  result text not null default 'pending'
    check (result in ('pending', 'done', 'skipped', 'conflict', 'failed', 'waiting')),
  because text,
  code text,
  target_id text,
  -- When a write was first about to be made: what is found done after it was done by this run.
  intended_at timestamptz,
  attempts int not null default 0,
  settled_at timestamptz,
  until timestamptz,
  primary key (run_id, change_id),
  check ((result = 'waiting') = (until is not null)),
  check ((result in ('pending', 'waiting')) = (settled_at is null))
);
create index outcomes_by_person on outcomes (run_id, person_key, position);
create index outcomes_open on outcomes (run_id) where result in ('pending', 'waiting');
-- Whether another run is about to create an account for the same person.
create index outcomes_creating on outcomes (person_key)
  where kind = 'create' and settled_at is null;
-- The guards sum what was done in the last 24 hours, whatever run or trigger did it.
create index outcomes_done on outcomes (connection_id, settled_at) where result = 'done';

create function refuse_unsettling() returns trigger language plpgsql as $$
begin
  raise exception 'The outcome of change % is settled and stays as it is.', old.change_id
    using errcode = 'check_violation';
end
$$;

create trigger outcomes_stay_settled before update on outcomes
  for each row when (old.settled_at is not null) execute function refuse_unsettling();

-- What is about to be created, stored before the add: a resumed run adopts its own creation by it.
create table intents (
  run_id uuid not null,
  change_id text not null,
  -- Which set of names: 0 the planned ones, then the fallbacks.
  attempt int not null,
  dn text not null,
  marker text not null unique,
  sealed_password bytea,
  created_at timestamptz not null,
  primary key (run_id, change_id),
  foreign key (run_id, change_id) references outcomes on delete cascade
);

--   sealed -> revealed (once, to one person, audited)
--      '----> destroyed (its hour came, or the creation was undone)
create table password_handovers (
  run_id uuid not null,
  change_id text not null,
  account_id text not null,
  account_name text not null,
  state text not null check (state in ('sealed', 'revealed', 'destroyed')),
  sealed bytea,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  primary key (run_id, change_id),
  foreign key (run_id, change_id) references outcomes on delete cascade,
  check ((state = 'sealed') = (sealed is not null))
);
create index password_handovers_due on password_handovers (expires_at) where state = 'sealed';
create index password_handovers_by_account on password_handovers (account_id) where state = 'sealed';
