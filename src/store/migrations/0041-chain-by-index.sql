-- To chain an entry costs the same however long the trail is. Joined as the planner liked, the entries that wait
-- were found by reading the whole trail while it was of middling size: a reveal that waits for its entry to be
-- chained took ten milliseconds more for every twelve thousand entries. Each is looked up by its id now.
create or replace function audit_chain_next(wanted uuid[], at_most integer, out added integer, out standing integer)
  language plpgsql volatile security definer
  set search_path = public, pg_temp set lock_timeout = '5s' set enable_seqscan = off as $$
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
    select entries.* from (
      select entry_id from audit_pending where entry_id = any(wanted)
      union
      (select entry_id from audit_pending order by entry_id limit at_most)
    ) as next
      -- With offset 0 it stays one look-up for each.
      cross join lateral (select * from audit_entries where id = next.entry_id offset 0) as entries
    order by next.entry_id
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
