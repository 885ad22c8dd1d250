-- The packed charts that drivers pin, once for each content: neither a registry nor a repository is asked for them again.
create table charts (
  digest text primary key,
  archive bytea not null,
  created_at timestamptz not null default now()
);
-- The digests of the charts that it pins.
alter table application_driver_versions add column charts jsonb not null default '[]';
