-- What a sync knows of people is written for each of them: what could be asked once, or of less, is.

-- Whom a name belongs to, by a hash of it: of a name of any length, in half the octets, and a third of what it costs to
-- put it in order. Few rows have one name, of other syncs and targets. Who reports to somebody is thousands: they stay
-- in order, where those of one name take no more room than one.
drop index sync_people_dn;
create index sync_people_dn on sync_people using hash (lower(dn));

-- That the sync is there is asked as for rows of plans and runs (0061).
alter table sync_people drop constraint sync_people_sync_id_fkey;
create trigger sync_people_sync_stays after insert on sync_people referencing new table as added
  for each statement execute function refer_to_one_that_stays('sync_id', 'directory_syncs');
create trigger people_go_with_sync after delete on directory_syncs
  for each row execute function go_with_what_they_refer_to('sync_people', 'sync_id');
