-- The audit trail in full: from where, who really acted, what it concerns; the hash chain over what was
-- committed; redaction that keeps the proof. Why it is so: docs/decisions/0121-the-audit-chain.md.

alter table audit_entries disable trigger audit_entries_stay;
alter table audit_texts disable trigger audit_texts_stay;

alter table audit_entries
  -- Where the request came from; null for what the hub does by itself and for commands.
  add column address text,
  -- Who really acted, where an impersonated session did.
  add column behind_kind text check (behind_kind in ('agent', 'user')),
  add column behind_id text,
  add column behind_name text,
  -- What Halo's filters ask for.
  add column ticket_id integer,
  add column agent_id integer,
  add column user_id integer,
  add column client_id integer,
  -- Commits to the texts: SHA-256 over their row's salt and themselves (audit_text_bytes).
  add column text_digest bytea,
  add check ((behind_kind is null) = (behind_id is null));

-- A record's name may be as telling as a text (a ticket's summary), so it goes with the texts.
alter table audit_texts add column subject_name text, add column salt bytea;
update audit_texts set
  subject_name = (select subject_name from audit_entries where id = entry_id),
  salt = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
alter table audit_entries drop column subject_name;

-- A field of what is hashed: its length and its bytes; null is a length of -1.
create function audit_field(value bytea) returns bytea language sql immutable parallel safe as $$
  select case when value is null then '\xffffffff'::bytea
    else int4send(octet_length(value)) || value end
$$;

create function audit_text_bytes(texts audit_texts) returns bytea language sql stable as $$
  select audit_field(texts.salt) || audit_field(textsend(texts.before))
    || audit_field(textsend(texts.after)) || audit_field(textsend(texts.because))
    || audit_field(textsend(texts.subject_name))
$$;

update audit_entries set text_digest = (
  select sha256(audit_text_bytes(texts)) from audit_texts as texts where entry_id = id
);
alter table audit_entries alter column text_digest set not null;

create index audit_entries_by_ticket on audit_entries (ticket_id, id) where ticket_id is not null;
create index audit_entries_by_agent on audit_entries (agent_id, id) where agent_id is not null;
create index audit_entries_by_user on audit_entries (user_id, id) where user_id is not null;
create index audit_entries_by_client on audit_entries (client_id, id) where client_id is not null;

-- The chain: a number without gaps, and a hash over the entry and the hash before it.
create table audit_chain (
  seq bigint primary key check (seq > 0),
  format smallint not null,
  entry_id uuid not null unique,
  previous bytea not null,
  hash bytea not null
);
comment on table audit_chain is 'read-only: written by audit_chain_next alone';

-- Entries that are committed and not yet chained. An entry and its line here are one insert, a link
-- and the removal of the line are one transaction: so none is forgotten, whatever commits when.
create table audit_pending (
  entry_id uuid primary key
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, vacuum_truncate = false);
comment on table audit_pending is 'read-only: written by audit_wait and audit_chain_next alone';
insert into audit_pending select id from audit_entries;

create function audit_wait() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  insert into audit_pending select id from added;
  return null;
end
$$;
create trigger audit_entries_wait after insert on audit_entries
  referencing new table as added for each statement execute function audit_wait();

-- What a link's hash is made of: format 1. Everything of the entry, its texts by their digest.
create function audit_link_bytes(format smallint, seq bigint, previous bytea, entry audit_entries)
  returns bytea language sql stable as $$
  select audit_field(int2send(format)) || audit_field(int8send(seq)) || audit_field(previous)
    || audit_field(uuid_send(entry.id)) || audit_field(timestamptz_send(entry.at))
    || audit_field(textsend(entry.actor_kind)) || audit_field(textsend(entry.actor_id))
    || audit_field(textsend(entry.actor_name)) || audit_field(textsend(entry.behind_kind))
    || audit_field(textsend(entry.behind_id)) || audit_field(textsend(entry.behind_name))
    || audit_field(textsend(entry.address)) || audit_field(textsend(entry.action))
    || audit_field(textsend(entry.subject_kind)) || audit_field(textsend(entry.subject_id))
    || audit_field(textsend(entry.field)) || audit_field(textsend(entry.outcome))
    || audit_field(textsend(entry.run_id)) || audit_field(int4send(entry.ticket_id))
    || audit_field(int4send(entry.agent_id)) || audit_field(int4send(entry.user_id))
    || audit_field(int4send(entry.client_id)) || audit_field(entry.text_digest)
$$;

-- Chains the wanted entries and the oldest others, up to at_most of these. One at a time: whoever waits
-- for the lock mostly finds its own done. Says how many were added, and how many of the wanted stand.
create function audit_chain_next(wanted uuid[], at_most integer, out added integer, out standing integer)
  language plpgsql volatile security definer
  set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
  entry audit_entries;
  number bigint;
  tip bytea;
  ids uuid[] := '{}';
  numbers bigint[] := '{}';
  befores bytea[] := '{}';
  hashes bytea[] := '{}';
begin
  perform pg_advisory_xact_lock(7610006);
  select seq, hash into number, tip from audit_chain order by seq desc limit 1;
  if not found then
    number := 0;
    tip := decode(repeat('00', 32), 'hex');
  end if;
  for entry in
    select entries.* from audit_entries as entries join (
      select entry_id from audit_pending where entry_id = any(wanted)
      union
      (select entry_id from audit_pending order by entry_id limit at_most)
    ) as next on next.entry_id = entries.id order by entries.id
  loop
    number := number + 1;
    ids := ids || entry.id;
    numbers := numbers || number;
    befores := befores || tip;
    tip := sha256(audit_link_bytes(1::smallint, number, tip, entry));
    hashes := hashes || tip;
  end loop;
  added := cardinality(ids);
  if added > 0 then
    insert into audit_chain (seq, format, entry_id, previous, hash)
      select link.seq, 1, link.entry_id, link.previous, link.hash
      from unnest(numbers, ids, befores, hashes) as link (seq, entry_id, previous, hash);
    delete from audit_pending where entry_id = any(ids);
  end if;
  select count(*) into standing from audit_chain where entry_id = any(wanted);
end
$$;
revoke execute on function audit_chain_next from public;
comment on function audit_chain_next is 'for the hub';

create trigger audit_chain_stay before update or delete or truncate on audit_chain
  for each statement execute function refuse_change();

-- Redaction: the texts and their salt go, the digest stays. Only where an entry says who and why.
drop trigger audit_texts_stay on audit_texts;
create trigger audit_texts_stay before delete or truncate on audit_texts
  for each statement execute function refuse_change();
create function audit_texts_redaction() returns trigger language plpgsql
  set search_path = public, pg_temp as $$
begin
  if new.entry_id = old.entry_id
    and num_nonnulls(new.salt, new.before, new.after, new.because, new.subject_name) = 0
    and exists (
      select from audit_entries where subject_kind = 'audit entry' and subject_id = old.entry_id::text
        and action = 'audit-entry.redacted'
    ) then
    return new;
  end if;
  raise exception 'The rows of % are inserted and never changed.', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_texts_redacted_alone before update on audit_texts
  for each row execute function audit_texts_redaction();

create function audit_redact(redacted uuid) returns void language sql volatile security definer
  set search_path = public, pg_temp as $$
  update audit_texts set salt = null, before = null, after = null, because = null, subject_name = null
    where entry_id = redacted
$$;
revoke execute on function audit_redact from public;
comment on function audit_redact is 'for the hub';

-- What signs checkpoints. An older key stays, for the checkpoints it signed.
create table audit_keys (
  id text primary key,
  public_key bytea not null,
  sealed_private_key bytea not null,
  made_at timestamptz not null
);

-- "So far the chain was this", signed; kept outside the database too.
create table audit_checkpoints (
  seq bigint primary key,
  hash bytea not null,
  hub text not null,
  at timestamptz not null,
  key_id text not null references audit_keys (id),
  signature bytea not null
);
comment on table audit_checkpoints is 'insert-only';
create trigger audit_checkpoints_stay before update or delete or truncate on audit_checkpoints
  for each statement execute function refuse_change();

-- Names this hub for ever, in checkpoints and exports.
insert into marks (name, value) values ('hub-id', gen_random_uuid()::text)
  on conflict (name) do nothing;

alter table audit_entries enable trigger audit_entries_stay;
