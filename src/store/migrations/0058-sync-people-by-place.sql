-- When a place last brought the desk somebody: records of the desk are numbered as they come.
create index sync_people_newest on sync_people (sync_id, target, place_id, desk_id)
  where desk_id is not null;
