-- What a run of a sync came to, as the guards count it: added up once, when it ends. A sync of a hundred changes must not
-- count those of the hundred thousand before it again.
alter table runs add column totals jsonb;
