-- Settled by the thousand, an outcome was entered again in every index of its table, for its result stood in three of them.
-- No index goes by what settling changes in a run that goes by the set: such a row is written anew on its page, and that is all.

-- Never read: what is open may count too, so that no index of what is done can answer.
drop index outcomes_done;

-- What is about to be created is intended first, and stays so. Other creations need no place here.
drop index outcomes_creating;
create index outcomes_creating on outcomes (person_key)
  where kind = 'create' and intended_at is not null;

-- A run that goes by the set asks of a step whether its last positions are open; any other asks after each of its people, and
-- they end in any order: of these alone, who is open stands in an index.
alter table outcomes add column by_set boolean not null default false;
update outcomes set by_set = true
  where settled_at is null and run_id in (
    select runs.id from runs join plans on plans.id = runs.plan_id where plans.sync_id is not null
  );
drop index outcomes_open;
alter table outcomes add column open_alone boolean generated always as (
  case when by_set or result not in ('pending', 'waiting') then null else true end
) stored;
create index outcomes_open on outcomes (run_id) where open_alone;
create index outcomes_by_step on outcomes (run_id, step, position);

-- Room on the page for the same row once more, a little longer.
alter table outcomes set (fillfactor = 45);
