-- A directory brings a hundred thousand users at once: indexes that hold nothing for most of them, and one that was there
-- twice, cost each of them a place. A search for a value never looks for null, so that it still finds by these.

drop index desk_user_sam;
drop index desk_user_azure;
create index desk_user_azure on desk_users (lower(azure_object_id)) where azure_object_id is not null;
drop index desk_user_agent;
create index desk_user_agent on desk_users (linked_agent_id) where linked_agent_id is not null;
drop index desk_user_premise_dn;
create index desk_user_premise_dn on desk_users (lower(extra ->> 'onpremise_activedirectory_dn'))
  where extra ->> 'onpremise_activedirectory_dn' is not null;
