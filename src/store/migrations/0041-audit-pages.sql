-- A page of the trail costs the same however long the trail is: what is asked for of one record, or of one
-- kind of records, comes from an index in the order it is shown.

-- 12 finds 12 and what is numbered within it, 12/3: one place in the index, where a prefix would be many.
create index audit_entries_by_record
  on audit_entries (split_part(subject_id, '/', 1), subject_kind, id);
create index audit_entries_by_kind on audit_entries (subject_kind, id);
drop index audit_entries_by_subject;

create or replace function audit_texts_redaction() returns trigger language plpgsql
  set search_path = public, pg_temp as $$
begin
  if new.entry_id = old.entry_id
    and num_nonnulls(new.salt, new.before, new.after, new.because, new.subject_name) = 0
    and exists (
      select from audit_entries where split_part(subject_id, '/', 1) = old.entry_id::text
        and subject_kind = 'audit entry' and action = 'audit-entry.redacted'
    ) then
    return new;
  end if;
  raise exception 'The rows of % are inserted and never changed.', tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;
