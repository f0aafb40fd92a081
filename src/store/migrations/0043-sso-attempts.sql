-- Who the identity of an attempt was, so that an administrator can link it to its person from there; and the
-- attempts that ended with a link.
alter table sso_attempts add column issuer text;
alter table sso_attempts drop constraint sso_attempts_status_check;
alter table sso_attempts add constraint sso_attempts_status_check
  check (status in ('signed-in', 'linked', 'tested', 'refused', 'failed', 'signed-out'));
create index sso_attempts_by_status on sso_attempts (status, id);
