-- The ground every slice stands on: marks, the audit trail and the outbox.

-- Small facts about this database that must outlive every process: the lab mark, the key canary.
create table marks (
  name text primary key,
  value text not null,
  made_at timestamptz not null default now()
);

-- Who did what to what. A later migration numbers and chains committed entries in tables of their
-- own, by id; nothing here will change for it.
create table audit_entries (
  id uuid primary key,
  at timestamptz not null default clock_timestamp(),
  actor_kind text not null check (actor_kind in ('agent', 'user', 'application', 'system', 'nobody')),
  actor_id text not null,
  actor_name text not null,
  action text not null check (action ~ '^[a-z][a-z-]*\.[a-z][a-z-]*$'),
  subject_kind text not null,
  subject_id text not null,
  subject_name text not null,
  field text,
  outcome text not null check (outcome in ('intent', 'done', 'refused', 'failed')),
  run_id text
);
comment on table audit_entries is 'insert-only';
create index audit_entries_by_subject on audit_entries (subject_kind, subject_id, id);
create index audit_entries_by_run on audit_entries (run_id, id) where run_id is not null;

-- The texts stand apart, so that one may be destroyed (redaction) without touching the entry.
create table audit_texts (
  entry_id uuid primary key references audit_entries (id),
  before text,
  after text,
  because text
);
comment on table audit_texts is 'insert-only';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'The rows of % are inserted and never changed.', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_entries_stay before update or delete or truncate on audit_entries
  for each statement execute function refuse_change();
create trigger audit_texts_stay before update or delete or truncate on audit_texts
  for each statement execute function refuse_change();

-- What must be told to the outside world exactly because something was committed here.
--   waiting -> delivered | dead         (a dead letter may be put back to waiting by hand)
create table outbox (
  id uuid primary key,
  kind text not null,
  key text not null unique,
  -- Letters of one line are delivered one after the other, in the order they were posted.
  line text,
  payload jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts int not null default 0,
  problem text,
  posted_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
create index outbox_unsettled on outbox (state, due_at) where state <> 'delivered';
