-- Resets of passwords and unlocks: two more kinds of change, and plans that a policy says yes to.

alter table plan_changes drop constraint plan_changes_kind_check;
alter table plan_changes add constraint plan_changes_kind_check check (kind in (
  'create', 'update', 'enable', 'disable', 'add-member', 'remove-member', 'reset-password', 'unlock',
  'tell'
));
alter table outcomes drop constraint outcomes_kind_check;
alter table outcomes add constraint outcomes_kind_check check (kind in (
  'create', 'update', 'enable', 'disable', 'add-member', 'remove-member', 'reset-password', 'unlock',
  'tell'
));

-- Asked for by self-service, for one person in one directory: it belongs to no automation.
alter table plans add column reset_connection_id uuid;
alter table plans drop constraint plans_check;
alter table plans add constraint plans_one_origin
  check (num_nonnulls(automation_id, outbound_webhook_id, reset_connection_id) = 1);

-- The policy that said yes in the place of a person.
alter table approvals add column policy_name text check (policy_name <> '');
alter table approvals add column policy_version int check (policy_version > 0);
alter table approvals add constraint approvals_policy_whole
  check ((policy_name is null) = (policy_version is null));

-- A reset has an intent too: the sealed password, and no marker, for nothing is created.
alter table intents alter column marker drop not null;

-- How many were reset within a day in one directory, asked before each.
create index outcomes_reset on outcomes (connection_id, run_id)
  where kind in ('reset-password', 'unlock');
