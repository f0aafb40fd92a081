-- How people prove at sign-in that they are more than a password: passkeys, recovery codes, known browsers.

-- What a passkey knows its owner by (WebAuthn §5.4.3, user.id): chance, so that it tells nothing.
create table passkey_owners (
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  handle bytea not null unique,
  primary key (owner_kind, owner_id)
);

create table passkeys (
  id uuid primary key,
  owner_kind text not null,
  owner_id int not null,
  name text not null check (name <> ''),
  credential_id bytea not null unique,
  -- COSE_Key, as the authenticator made it.
  public_key bytea not null,
  -- Grows at each use where the authenticator counts; one that does not grow is a copy.
  counter bigint not null,
  transports text[] not null default '{}',
  backed_up boolean not null,
  made_at timestamptz not null,
  last_used_at timestamptz,
  foreign key (owner_kind, owner_id) references passkey_owners on delete cascade
);
create index passkeys_of_owner on passkeys (owner_kind, owner_id);

-- What an authenticator was asked to sign: once, by one browser or session, for minutes.
create table passkey_challenges (
  -- SHA-256 of the challenge.
  hash bytea primary key,
  purpose text not null check (purpose in ('enrol', 'sign-in', 'second-factor')),
  -- SHA-256 of the cookie, or of the session, it was given to.
  holder_hash bytea not null,
  expires_at timestamptz not null
);
create index passkey_challenges_by_expiry on passkey_challenges (expires_at);

-- Random, so a fast hash is enough; a used one is deleted.
create table recovery_codes (
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  hash bytea not null,
  made_at timestamptz not null,
  primary key (owner_kind, owner_id, hash)
);

-- The password fitted; what is missing is the second factor, or that one is set up.
create table sign_ins_under_way (
  hash bytea primary key,
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  purpose text not null check (purpose in ('prove', 'enrol')),
  back text not null,
  expires_at timestamptz not null
);
create index sign_ins_under_way_of_owner on sign_ins_under_way (owner_kind, owner_id);
create index sign_ins_under_way_by_expiry on sign_ins_under_way (expires_at);

-- Browsers in which somebody has signed in: they have tries of their own, which no stranger can use up.
create table known_browsers (
  hash bytea not null,
  owner_kind text not null check (owner_kind in ('agent', 'user')),
  owner_id int not null,
  seen_at timestamptz not null,
  primary key (owner_kind, owner_id, hash)
);
create index known_browsers_by_age on known_browsers (seen_at);

-- One row: what is asked of agents beside a password.
create table sign_in_settings (
  id int primary key default 1 check (id = 1),
  agents_need_second_factor boolean not null default false,
  -- Once agents can sign on elsewhere: who may still sign in here.
  local_sign_in text not null default 'everyone' check (local_sign_in in ('everyone', 'break-glass')),
  changed_at timestamptz not null default clock_timestamp()
);
insert into sign_in_settings (id) values (1);

-- Who signs in with a password or passkey of this hub when the other system is down.
create table break_glass_agents (
  agent_id integer primary key references desk_agents on delete cascade
);

-- Takes the place of the one in 0025-password-reset.sql: whatever proves somebody goes with them.
create or replace function end_factors_of_owner() returns trigger language plpgsql as $$
begin
  delete from totp_factors where owner_kind = tg_argv[0] and owner_id = old.id;
  delete from passkey_owners where owner_kind = tg_argv[0] and owner_id = old.id;
  delete from recovery_codes where owner_kind = tg_argv[0] and owner_id = old.id;
  delete from sign_ins_under_way where owner_kind = tg_argv[0] and owner_id = old.id;
  delete from known_browsers where owner_kind = tg_argv[0] and owner_id = old.id;
  return null;
end
$$;
