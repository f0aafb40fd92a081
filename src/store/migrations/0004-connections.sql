-- Connections: how outside systems are reached; and the channels that tell people what happened.

create table connections (
  id uuid primary key,
  kind text not null check (kind in ('halo', 'ldap', 'mail', 'webhook')),
  name text not null check (name <> ''),
  -- Null: every client's.
  client_id int,
  lab boolean not null,
  -- Parsed by the schema of its kind; never a secret.
  settings jsonb not null,
  -- Sealed for (connections, id, secret).
  secret bytea,
  -- Counts every change, so that what was opened under an older one is closed.
  version int not null check (version > 0),
  --   unknown -> healthy <-> broken          (a change of settings goes back to unknown)
  health text not null check (health in ('unknown', 'healthy', 'broken')),
  health_stage text,
  health_code text,
  health_sentence text,
  checked_at timestamptz,
  -- Since when people have been told that it broke; null when there is nothing to recover from.
  broken_since timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (client_id, name)
);
create index connections_checked on connections (checked_at);

-- An administrator's word that this connection may go to this host and port.
create table connection_confirmations (
  connection_id uuid not null references connections on delete cascade,
  host text not null,
  port int not null check (port between 1 and 65535),
  confirmed_by text not null,
  confirmed_at timestamptz not null,
  primary key (connection_id, host, port)
);

create table notification_channels (
  id uuid primary key,
  name text not null check (name <> ''),
  client_id int,
  connection_id uuid not null references connections,
  events text[] not null check (cardinality(events) > 0),
  -- For mail; empty for a webhook.
  recipients text[] not null,
  active boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique nulls not distinct (client_id, name)
);
create index notification_channels_connection on notification_channels (connection_id);
