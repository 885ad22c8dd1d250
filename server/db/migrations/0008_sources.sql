-- Who made the commit of a version, and what its signature was found to be; null for versions from a directory and
-- for those that were loaded before this was kept.
alter table application_driver_versions
  add column author text,
  add column committed_at timestamptz,
  add column subject text,
  add column signature jsonb;

-- The repositories in which refs are followed: each is asked once for all sources in it.
create table followed_repositories (
  url text primary key,
  -- The address as webhooks are compared with it: no scheme, no `.git`, small letters.
  key text not null,
  -- 2 once it answered by git's protocol v2: then one request is enough.
  protocol int,
  due_at timestamptz not null default now(),
  -- When somebody last wanted to know at once; one who asks during a poll is not forgotten by its end.
  asked_at timestamptz,
  lease uuid,
  leased_at timestamptz,
  lease_until timestamptz,
  polled_at timestamptz,
  failures int not null default 0,
  failure jsonb
);
create index followed_repositories_due on followed_repositories (due_at);
create index followed_repositories_key on followed_repositories (key);

create table driver_sources (
  id uuid primary key,
  name text not null unique,
  url text not null references followed_repositories,
  -- A branch, a tag, or a pattern of tags with one `*`, of which the highest version counts.
  ref text not null,
  path text not null default '',
  every_seconds int not null,
  -- The driver it has given so far; it can give no other.
  driver_id uuid references application_drivers on delete set null,
  -- The last version that was good.
  version_id uuid references application_driver_versions on delete set null,
  require_signature boolean not null default false,
  allowed_keys jsonb not null default '[]',
  webhook_secret bytea,
  -- What the ref was last seen to be: its full name and its commit.
  seen_ref text,
  seen_commit text,
  seen_at timestamptz,
  -- The last commit that was loaded, well or not.
  loaded_commit text,
  -- When that which was seen is to be loaded; null when there is nothing to load.
  load_due_at timestamptz,
  load_failures int not null default 0,
  lease uuid,
  lease_until timestamptz,
  -- Why what was seen last gave no version; null when all is well.
  failure jsonb,
  created_at timestamptz not null default now()
);
create index driver_sources_url on driver_sources (url);
create index driver_sources_load on driver_sources (load_due_at) where load_due_at is not null;

-- What became of the commits that were seen, the last of each source.
create table driver_loads (
  id uuid primary key,
  source_id uuid not null references driver_sources on delete cascade,
  commit text not null,
  ref text not null,
  -- UNCHANGED: the driver's files are those of a version that was there.
  state text not null check (state in ('LOADED', 'UNCHANGED', 'FAILED')),
  version_id uuid references application_driver_versions on delete set null,
  code text,
  message text,
  problems jsonb not null default '[]',
  at timestamptz not null default now()
);
create index driver_loads_source on driver_loads (source_id, id);
create index driver_loads_version on driver_loads (version_id);

-- What was delivered to the webhook, so that nothing is taken twice.
create table webhook_deliveries (
  key bytea primary key,
  at timestamptz not null default now()
);
create index webhook_deliveries_at on webhook_deliveries (at);

create function tell_of_repository() returns trigger language plpgsql as $$
begin
  if new.lease is null and new.due_at <= now() then perform pg_notify('styrmin', 'source:poll'); end if;
  return null;
end $$;
create trigger tell after insert or update of due_at on followed_repositories
  for each row execute function tell_of_repository();

create function tell_of_source() returns trigger language plpgsql as $$
begin
  if new.lease is null and new.load_due_at <= now() then perform pg_notify('styrmin', 'source:load'); end if;
  return null;
end $$;
create trigger tell after insert or update of load_due_at on driver_sources
  for each row execute function tell_of_source();

create function tell_of_version() returns trigger language plpgsql as $$
begin
  perform pg_notify('styrmin', 'version:' || new.driver_id);
  return null;
end $$;
create trigger tell after insert or update of loaded_at on application_driver_versions
  for each row execute function tell_of_version();

-- Deployments whose policies say what a new version of their driver does.
create index deployments_new_versions on deployments (id) where policies ? 'newVersions';

-- What a new version came to for a deployment: at most one row for each, so that nothing is done twice.
create table version_notices (
  deployment_id uuid not null references deployments on delete cascade,
  version_id uuid not null references application_driver_versions on delete cascade,
  state text not null check (state in ('NEW', 'PLANNED', 'HELD', 'UPGRADING', 'UPGRADED', 'FAILED')),
  reason text,
  plan jsonb,
  task_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (deployment_id, version_id)
);
create index version_notices_version on version_notices (version_id);
create index version_notices_upgrading on version_notices (task_id) where state = 'UPGRADING';

-- Whose signatures count for all that is loaded from a repository, however it is loaded.
alter table repositories
  add column require_signature boolean not null default false,
  add column allowed_keys jsonb not null default '[]';
