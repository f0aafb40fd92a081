-- Who may come in: API applications and their tokens, people's passwords and sessions.
-- High-entropy secrets stand as SHA-256; what people choose as Argon2id. Agents and users are the
-- desk's, in a later migration: their numbers stand here without a foreign key.

-- A program that calls the API.
create table applications (
  id uuid primary key,
  name text not null check (name <> ''),
  kind text not null check (
    kind in ('client-secret', 'username-password', 'authorization-code', 'api-key')
  ),
  -- What it calls itself at /auth/token.
  client_id uuid not null unique,
  -- None: a public client, which proves nothing about itself.
  secret_hash bytea,
  -- The agent it logs in as: it may do what both it and that agent may.
  agent_id int,
  scopes text[] not null,
  -- Compared byte for byte.
  redirect_uris text[] not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  -- Client credentials without a secret would be no credentials at all.
  check (kind <> 'client-secret' or secret_hash is not null)
);

-- What an application of the kind api-key sends as X-Halo-Api-Key; two, so that one can be renewed.
create table application_keys (
  application_id uuid not null references applications (id) on delete cascade,
  slot int not null check (slot in (1, 2)),
  hash bytea not null unique,
  generated_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_from text,
  primary key (application_id, slot)
);

-- Codes on their way from /auth/authorize to /auth/token: once, for a minute.
create table authorization_codes (
  hash bytea primary key,
  -- The tokens it brings: a code shown twice takes them back (RFC 6749 §4.1.2).
  family uuid not null,
  application_id uuid not null references applications (id) on delete cascade,
  agent_id int not null,
  redirect_uri text not null,
  scopes text[] not null,
  challenge text not null,
  nonce text,
  signed_in_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index authorization_codes_by_expiry on authorization_codes (expires_at);

-- Access and refresh tokens. A refresh token is used once; a used one shown again takes back its
-- whole family (RFC 9700 §4.14.2). Taking back is deleting: an unknown token is no token.
create table tokens (
  hash bytea primary key,
  kind text not null check (kind in ('access', 'refresh')),
  family uuid not null,
  application_id uuid not null references applications (id) on delete cascade,
  -- The agent who signed in; none for client credentials.
  agent_id int,
  scopes text[] not null,
  signed_in_at timestamptz not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index tokens_by_family on tokens (family);
create index tokens_by_application on tokens (application_id);
create index tokens_by_agent on tokens (agent_id) where agent_id is not null;
create index tokens_by_expiry on tokens (expires_at);

-- What id tokens are signed with.
create table signing_keys (
  id text primary key,
  public_jwk jsonb not null,
  sealed_private_key bytea not null,
  made_at timestamptz not null
);

-- The password of an agent or a user.
create table credentials (
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  password_hash text not null,
  must_change boolean not null,
  changed_at timestamptz not null,
  primary key (owner_kind, owner_id)
);

-- Who is signed in at a browser.
create table sessions (
  hash bytea primary key,
  id uuid not null unique,
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  address text not null,
  browser text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null
);
create index sessions_by_owner on sessions (owner_kind, owner_id);
create index sessions_by_end on sessions (ends_at);

-- Tries counted together: of a login, of an address, of both. Kept here, so that all processes agree.
create table attempts (
  key bytea primary key,
  tries int not null,
  since timestamptz not null,
  ends_at timestamptz not null
);
create index attempts_by_end on attempts (ends_at);
