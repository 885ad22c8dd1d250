-- The nouns of Styrmin. Ids are UUIDv7 made by the server, so that they sort by time; every clock is the
-- database's. Changes are told on the channel `styrmin` as `<topic>:<id>` by the triggers at the end.

create table installation (
  only_one boolean primary key default true check (only_one),
  id uuid not null default gen_random_uuid(),
  -- The installation's id sealed with the server's key: a server with another key finds out at its start.
  sealed_id bytea,
  created_at timestamptz not null default now()
);
insert into installation default values;

create table clusters (
  id uuid primary key,
  name text not null unique,
  config jsonb not null default '{}',
  intent text not null check (intent in ('DIRECT', 'PULL')),
  created_at timestamptz not null default now()
);

-- Who may call with a token. Only agents for now; people come over loopback.
create table callers (
  token_hash bytea primary key,
  cluster_id uuid not null references clusters on delete cascade,
  created_at timestamptz not null default now()
);
create index callers_cluster on callers (cluster_id);

create table agents (
  cluster_id uuid primary key references clusters on delete cascade,
  instance_id text,
  epoch int,
  version text,
  started_at timestamptz,
  last_seen_at timestamptz,
  -- Set by a goodbye, cleared by the next hello.
  left_at timestamptz,
  refused text,
  refused_at timestamptz
);

create table environments (
  id uuid primary key,
  name text not null unique,
  cluster_id uuid not null references clusters,
  config jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index environments_cluster on environments (cluster_id);

create table application_drivers (
  id uuid primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

-- The files of driver versions, once for each content, packed as agents get them.
create table driver_bundles (
  digest text primary key,
  bundle bytea not null,
  created_at timestamptz not null default now()
);

create table application_driver_versions (
  id uuid primary key,
  driver_id uuid not null references application_drivers,
  version text not null,
  supported_versions text not null,
  default_version text,
  commit text,
  digest text not null references driver_bundles,
  source jsonb not null,
  spec jsonb not null,
  loaded_at timestamptz not null default now(),
  constraint driver_content_once unique (driver_id, digest)
);

create table deployments (
  id uuid primary key,
  name text not null,
  environment_id uuid not null references environments,
  driver_version_id uuid not null references application_driver_versions,
  application_version text not null,
  -- As given, without secrets and without defaults.
  parameters jsonb not null default '{}',
  config jsonb not null default '{}',
  env_vars jsonb not null default '{}',
  container_overrides jsonb not null default '{}',
  phase text not null default 'RUNNING' check (phase in ('RUNNING', 'STOPPED', 'DELETING')),
  -- What `phase` was before a delete was asked for; a cancelled delete goes back to it.
  phase_before text,
  volumes text not null default 'KEEP' check (volumes in ('KEEP', 'DELETE')),
  replicas jsonb not null default '{}',
  resource_name text not null unique,
  -- The last generation given out, and the last one that was released to the publisher.
  intent_generation int not null default 0,
  released_generation int not null default 0,
  -- The instance that is declared, and the one that runs.
  instance_id uuid,
  active_instance_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deployment_name_once unique (environment_id, name)
);
create index deployments_driver_version on deployments (driver_version_id);

create table instances (
  id uuid primary key,
  deployment_id uuid not null references deployments on delete cascade,
  driver_version_id uuid not null references application_driver_versions,
  application_version text not null,
  -- Values with defaults filled in; secrets only as {"set": true}.
  parameters jsonb not null,
  context jsonb not null,
  secret_name text,
  created_at timestamptz not null default now()
);
create index instances_deployment on instances (deployment_id, id);
create index instances_driver_version on instances (driver_version_id);

create table instance_secrets (
  instance_id uuid not null references instances on delete cascade,
  name text not null,
  sealed bytea not null,
  primary key (instance_id, name)
);

create table intents (
  deployment_id uuid not null references deployments on delete cascade,
  generation int not null,
  instance_id uuid not null references instances on delete cascade,
  -- HELD until its flow releases it; RELEASED waits for the publisher; a newer one that is released supersedes.
  state text not null check (state in ('HELD', 'RELEASED', 'PUBLISHED', 'SUPERSEDED')),
  spec jsonb not null,
  task_id uuid,
  uid text,
  error text,
  failures int not null default 0,
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  published_at timestamptz,
  primary key (deployment_id, generation)
);
create index intents_instance on intents (instance_id);
create index intents_task on intents (task_id) where state = 'HELD';
create index intents_released on intents (due_at) where state = 'RELEASED';

-- A task carries all that its flow needs, for it outlives the deployment it removes.
create table tasks (
  id uuid primary key,
  kind text not null check (kind in ('DEPLOY', 'DELETE')),
  state text not null default 'QUEUED'
    check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  reason text,
  cluster_id uuid not null,
  deployment_id uuid not null,
  deployment_name text not null,
  resource_name text not null,
  namespace text not null,
  instance_id uuid,
  driver_digest text,
  intent_generation int,
  payload jsonb not null default '{}',
  -- Claims, and how often an agent's life ended in the middle of it.
  attempts int not null default 0,
  crashes int not null default 0,
  cancel_requested text,
  -- The volumes that a delete kept.
  kept jsonb not null default '[]',
  -- The proof of the lease; it stays after the end, so that a repeated finish is answered alike.
  token uuid,
  agent_epoch int,
  lease_until timestamptz,
  claimed_at timestamptz,
  due_at timestamptz not null default now(),
  expires_at timestamptz,
  -- The moment itself, and not that of its transaction's beginning: the time to its claim counts from here.
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint running_has_lease check ((state = 'RUNNING') = (lease_until is not null)),
  constraint ended_has_time check ((state in ('QUEUED', 'RUNNING')) = (finished_at is null))
);
-- One flow of a deployment at a time, counting one that waits to be taken up again, and one waiting behind it.
create unique index tasks_one_begun on tasks (deployment_id)
  where state = 'RUNNING' or (state = 'QUEUED' and attempts > 0);
create unique index tasks_one_waiting on tasks (deployment_id) where state = 'QUEUED' and attempts = 0;
create index tasks_queued on tasks (cluster_id, due_at, id) where state = 'QUEUED';
create index tasks_leases on tasks (lease_until) where state = 'RUNNING';
create index tasks_deployment on tasks (deployment_id, id);

create table task_steps (
  task_id uuid not null references tasks on delete cascade,
  name text not null,
  position int generated always as identity,
  state text not null check (state in ('RUNNING', 'SUCCEEDED', 'FAILED')),
  attempts int not null default 1,
  result jsonb,
  error text,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (task_id, name)
);

create table task_log (
  task_id uuid not null references tasks on delete cascade,
  number int not null,
  at timestamptz not null default now(),
  level text not null,
  message text not null,
  primary key (task_id, number)
);

create table inquiries (
  id uuid primary key,
  cluster_id uuid not null references clusters on delete cascade,
  kind text not null,
  question jsonb not null,
  claimed_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index inquiries_open on inquiries (cluster_id, created_at) where claimed_at is null;

-- The last report of each kind that was taken. `scopes` says when each namespace ("" for all) was last seen whole;
-- the age of a row is the later of that and of its own last change.
create table reports (
  cluster_id uuid not null references clusters on delete cascade,
  kind text not null check (kind in ('PODS', 'DEPLOYMENTS')),
  epoch int not null,
  sequence int not null,
  -- Null when the next report must be a full one.
  digest text,
  scopes jsonb not null default '{}',
  received_at timestamptz not null default now(),
  primary key (cluster_id, kind)
);

create table pod_statuses (
  uid text not null,
  cluster_id uuid not null references clusters on delete cascade,
  deployment_id uuid not null references deployments on delete cascade,
  component text,
  name text not null,
  namespace text not null,
  phase text not null,
  ready boolean not null,
  restarts int not null,
  reason text,
  message text,
  node text,
  images jsonb not null,
  containers jsonb not null,
  started_at timestamptz,
  simulated boolean not null,
  changed_at timestamptz not null default now(),
  primary key (cluster_id, uid)
);
create index pod_statuses_deployment on pod_statuses (deployment_id);
create index pod_statuses_name on pod_statuses (namespace, name, uid);

create table deployment_statuses (
  deployment_id uuid primary key references deployments on delete cascade,
  cluster_id uuid not null references clusters on delete cascade,
  uid text not null,
  name text not null,
  phase text,
  instance_id text,
  intent_generation int,
  generation int,
  observed_generation int,
  conditions jsonb not null,
  components jsonb not null,
  drift jsonb,
  release jsonb,
  simulated boolean not null,
  changed_at timestamptz not null default now()
);
create index deployment_statuses_cluster on deployment_statuses (cluster_id);
create index deployment_statuses_name on deployment_statuses (name, uid);

create table idempotency_keys (
  actor text not null,
  key text not null,
  request_hash text not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (actor, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

create function tell_of_task() returns trigger language plpgsql as $$
begin
  -- However a task ends: what it held and did not release is never published.
  if new.state in ('FAILED', 'CANCELLED') then
    update intents set state = 'SUPERSEDED' where task_id = new.id and state = 'HELD';
  end if;
  perform pg_notify('styrmin', 'work:' || new.cluster_id);
  perform pg_notify('styrmin', 'task:' || new.id);
  perform pg_notify('styrmin', 'deployment:' || new.deployment_id);
  return null;
end $$;
create trigger tell after insert or update of state, cancel_requested, reason on tasks
  for each row execute function tell_of_task();

create function tell_of_task_part() returns trigger language plpgsql as $$
begin
  perform pg_notify('styrmin', 'task:' || new.task_id);
  return null;
end $$;
create trigger tell after insert or update on task_steps for each row execute function tell_of_task_part();
create trigger tell after insert on task_log for each row execute function tell_of_task_part();

create function tell_of_deployment() returns trigger language plpgsql as $$
begin
  perform pg_notify('styrmin', 'deployment:' || coalesce(new.id, old.id));
  return null;
end $$;
create trigger tell after insert or update or delete on deployments
  for each row execute function tell_of_deployment();

create function tell_of_intent() returns trigger language plpgsql as $$
begin
  if new.state = 'RELEASED' then
    perform pg_notify('styrmin', 'intent:' || e.cluster_id)
      from deployments d join environments e on e.id = d.environment_id where d.id = new.deployment_id;
  end if;
  return null;
end $$;
create trigger tell after insert or update of state on intents for each row execute function tell_of_intent();

create function tell_of_inquiry() returns trigger language plpgsql as $$
begin
  perform pg_notify('styrmin', 'inquiry:' || new.cluster_id);
  return null;
end $$;
create trigger tell after insert on inquiries for each row execute function tell_of_inquiry();
