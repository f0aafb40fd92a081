-- What was read of a provider's metadata is kept as it was understood, so that no sign-on parses it anew; and a
-- try that failed before anything was ever read is kept too.
alter table sso_metadata
  alter column document drop not null,
  alter column fetched_at drop not null,
  -- As domain/ports/saml.ts has it.
  add column provider jsonb,
  -- The last try, whatever came of it: whoever moves it forward may try, in one process of many.
  add column tried_at timestamptz,
  add constraint sso_metadata_read_whole check (
    (document is null) = (provider is null) and (document is null) = (fetched_at is null)
  );
