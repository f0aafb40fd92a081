-- Led by what selects. Of a table that was never analysed the database takes an index that begins with the sync and
-- the target for as good as any: it then looked through everybody of a sync for each who was asked for.
alter table sync_people drop constraint sync_people_pkey;
alter table sync_people add primary key (entry_id, sync_id, target);
drop index sync_people_desk;
create index sync_people_desk on sync_people (desk_id, target, sync_id) where desk_id is not null;
drop index sync_people_manager;
-- Of a name of any length: an index holds no more than some 2,700 octets of one.
create index sync_people_manager on sync_people (md5(lower(manager_dn)), sync_id, target)
  where manager_dn is not null;
drop index sync_people_dn;
create index sync_people_dn on sync_people (md5(lower(dn)), sync_id, target);
drop index sync_people_newest;
create index sync_people_newest on sync_people (place_id, desk_id, sync_id, target)
  where desk_id is not null;
