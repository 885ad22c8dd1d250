create table agents (
  cluster_id uuid not null,
  instance_id text,
  epoch integer,
  version text,
  started_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  left_at timestamp with time zone,
  refused text,
  refused_at timestamp with time zone,
  abilities jsonb not null default '[]'::jsonb,
  constraint agents_pkey PRIMARY KEY (cluster_id),
  constraint agents_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE
);

create table application_driver_versions (
  id uuid not null,
  driver_id uuid not null,
  version text not null,
  supported_versions text not null,
  default_version text,
  commit text,
  digest text not null,
  source jsonb not null,
  spec jsonb not null,
  loaded_at timestamp with time zone not null default now(),
  rights jsonb,
  author text,
  committed_at timestamp with time zone,
  subject text,
  signature jsonb,
  charts jsonb not null default '[]'::jsonb,
  constraint application_driver_versions_pkey PRIMARY KEY (id),
  constraint driver_content_once UNIQUE (driver_id, digest),
  constraint application_driver_versions_digest_fkey FOREIGN KEY (digest) REFERENCES driver_bundles(digest),
  constraint application_driver_versions_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES application_drivers(id)
);

create table application_drivers (
  id uuid not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint application_drivers_pkey PRIMARY KEY (id),
  constraint application_drivers_name_key UNIQUE (name)
);

create table callers (
  token_hash bytea not null,
  cluster_id uuid not null,
  created_at timestamp with time zone not null default now(),
  retires_at timestamp with time zone,
  constraint callers_pkey PRIMARY KEY (token_hash),
  constraint callers_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE
);

create table charts (
  digest text not null,
  archive bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint charts_pkey PRIMARY KEY (digest)
);

create table clusters (
  id uuid not null,
  name text not null,
  config jsonb not null default '{}'::jsonb,
  intent text not null,
  created_at timestamp with time zone not null default now(),
  constraint clusters_pkey PRIMARY KEY (id),
  constraint clusters_name_key UNIQUE (name),
  constraint clusters_intent_check CHECK ((intent = ANY (ARRAY['DIRECT'::text, 'PULL'::text])))
);

create table deployment_statuses (
  deployment_id uuid not null,
  cluster_id uuid not null,
  uid text not null,
  name text not null,
  phase text,
  instance_id text,
  intent_generation integer,
  generation integer,
  observed_generation integer,
  conditions jsonb not null,
  components jsonb not null,
  drift jsonb,
  release jsonb,
  simulated boolean not null,
  changed_at timestamp with time zone not null default now(),
  constraint deployment_statuses_pkey PRIMARY KEY (deployment_id),
  constraint deployment_statuses_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE,
  constraint deployment_statuses_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE
);

create table deployments (
  id uuid not null,
  name text not null,
  environment_id uuid not null,
  driver_version_id uuid not null,
  application_version text not null,
  parameters jsonb not null default '{}'::jsonb,
  config jsonb not null default '{}'::jsonb,
  env_vars jsonb not null default '{}'::jsonb,
  container_overrides jsonb not null default '{}'::jsonb,
  phase text not null default 'RUNNING'::text,
  phase_before text,
  volumes text not null default 'KEEP'::text,
  replicas jsonb not null default '{}'::jsonb,
  resource_name text not null,
  intent_generation integer not null default 0,
  released_generation integer not null default 0,
  instance_id uuid,
  active_instance_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  policies jsonb not null default '{}'::jsonb,
  constraint deployments_pkey PRIMARY KEY (id),
  constraint deployment_name_once UNIQUE (environment_id, name),
  constraint deployments_resource_name_key UNIQUE (resource_name),
  constraint deployments_driver_version_id_fkey FOREIGN KEY (driver_version_id) REFERENCES application_driver_versions(id),
  constraint deployments_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES environments(id),
  constraint deployments_phase_check CHECK ((phase = ANY (ARRAY['RUNNING'::text, 'STOPPED'::text, 'DELETING'::text]))),
  constraint deployments_volumes_check CHECK ((volumes = ANY (ARRAY['KEEP'::text, 'DELETE'::text])))
);

create table driver_bundles (
  digest text not null,
  bundle bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint driver_bundles_pkey PRIMARY KEY (digest)
);

create table driver_loads (
  id uuid not null,
  source_id uuid not null,
  commit text not null,
  ref text not null,
  state text not null,
  version_id uuid,
  code text,
  message text,
  problems jsonb not null default '[]'::jsonb,
  at timestamp with time zone not null default now(),
  constraint driver_loads_pkey PRIMARY KEY (id),
  constraint driver_loads_source_id_fkey FOREIGN KEY (source_id) REFERENCES driver_sources(id) ON DELETE CASCADE,
  constraint driver_loads_version_id_fkey FOREIGN KEY (version_id) REFERENCES application_driver_versions(id) ON DELETE SET NULL,
  constraint driver_loads_state_check CHECK ((state = ANY (ARRAY['LOADED'::text, 'UNCHANGED'::text, 'FAILED'::text, 'SKIPPED'::text])))
);

create table driver_sources (
  id uuid not null,
  name text not null,
  url text not null,
  ref text not null,
  path text not null default ''::text,
  every_seconds integer not null,
  driver_id uuid,
  version_id uuid,
  require_signature boolean not null default false,
  allowed_keys jsonb not null default '[]'::jsonb,
  webhook_secret bytea,
  seen_ref text,
  seen_commit text,
  seen_at timestamp with time zone,
  loaded_commit text,
  load_due_at timestamp with time zone,
  load_failures integer not null default 0,
  lease uuid,
  lease_until timestamp with time zone,
  failure jsonb,
  created_at timestamp with time zone not null default now(),
  has_more boolean not null default false,
  skipped jsonb,
  constraint driver_sources_pkey PRIMARY KEY (id),
  constraint driver_sources_name_key UNIQUE (name),
  constraint driver_sources_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES application_drivers(id) ON DELETE SET NULL,
  constraint driver_sources_url_fkey FOREIGN KEY (url) REFERENCES followed_repositories(url),
  constraint driver_sources_version_id_fkey FOREIGN KEY (version_id) REFERENCES application_driver_versions(id) ON DELETE SET NULL
);

create table environments (
  id uuid not null,
  name text not null,
  cluster_id uuid not null,
  config jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint environments_pkey PRIMARY KEY (id),
  constraint environments_name_key UNIQUE (name),
  constraint environments_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id)
);

create table followed_repositories (
  url text not null,
  key text not null,
  protocol integer,
  due_at timestamp with time zone not null default now(),
  asked_at timestamp with time zone,
  lease uuid,
  leased_at timestamp with time zone,
  lease_until timestamp with time zone,
  polled_at timestamp with time zone,
  failures integer not null default 0,
  failure jsonb,
  constraint followed_repositories_pkey PRIMARY KEY (url)
);

create table idempotency_keys (
  actor text not null,
  key text not null,
  request_hash text not null,
  answer jsonb not null,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_keys_pkey PRIMARY KEY (actor, key)
);

create table inquiries (
  id uuid not null,
  cluster_id uuid not null,
  kind text not null,
  question jsonb not null,
  claimed_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  constraint inquiries_pkey PRIMARY KEY (id),
  constraint inquiries_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE
);

create table installation (
  only_one boolean not null default true,
  id uuid not null default gen_random_uuid(),
  sealed_id bytea,
  created_at timestamp with time zone not null default now(),
  constraint installation_pkey PRIMARY KEY (only_one),
  constraint installation_only_one_check CHECK (only_one)
);

create table instance_secrets (
  instance_id uuid not null,
  name text not null,
  sealed bytea not null,
  constraint instance_secrets_pkey PRIMARY KEY (instance_id, name),
  constraint instance_secrets_instance_id_fkey FOREIGN KEY (instance_id) REFERENCES instances(id) ON DELETE CASCADE
);

create table instances (
  id uuid not null,
  deployment_id uuid not null,
  driver_version_id uuid not null,
  application_version text not null,
  parameters jsonb not null,
  context jsonb not null,
  secret_name text,
  created_at timestamp with time zone not null default now(),
  declared jsonb,
  constraint instances_pkey PRIMARY KEY (id),
  constraint instances_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE,
  constraint instances_driver_version_id_fkey FOREIGN KEY (driver_version_id) REFERENCES application_driver_versions(id)
);

create table intents (
  deployment_id uuid not null,
  generation integer not null,
  instance_id uuid not null,
  state text not null,
  spec jsonb not null,
  task_id uuid,
  uid text,
  error text,
  failures integer not null default 0,
  due_at timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  published_at timestamp with time zone,
  constraint intents_pkey PRIMARY KEY (deployment_id, generation),
  constraint intents_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE,
  constraint intents_instance_id_fkey FOREIGN KEY (instance_id) REFERENCES instances(id) ON DELETE CASCADE,
  constraint intents_state_check CHECK ((state = ANY (ARRAY['HELD'::text, 'RELEASED'::text, 'PUBLISHED'::text, 'SUPERSEDED'::text])))
);

create table pod_statuses (
  uid text not null,
  cluster_id uuid not null,
  deployment_id uuid not null,
  component text,
  name text not null,
  namespace text not null,
  phase text not null,
  ready boolean not null,
  restarts integer not null,
  reason text,
  message text,
  node text,
  images jsonb not null,
  containers jsonb not null,
  started_at timestamp with time zone,
  simulated boolean not null,
  changed_at timestamp with time zone not null default now(),
  constraint pod_statuses_pkey PRIMARY KEY (cluster_id, uid),
  constraint pod_statuses_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE,
  constraint pod_statuses_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE
);

create table reports (
  cluster_id uuid not null,
  kind text not null,
  epoch integer not null,
  sequence integer not null,
  digest text,
  scopes jsonb not null default '{}'::jsonb,
  received_at timestamp with time zone not null default now(),
  complete_at timestamp with time zone,
  blind jsonb not null default '[]'::jsonb,
  constraint reports_pkey PRIMARY KEY (cluster_id, kind),
  constraint reports_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES clusters(id) ON DELETE CASCADE,
  constraint reports_kind_check CHECK ((kind = ANY (ARRAY['PODS'::text, 'DEPLOYMENTS'::text])))
);

create table repositories (
  id uuid not null,
  name text not null,
  kind text not null,
  url text not null,
  username text,
  token bytea,
  ca text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  require_signature boolean not null default false,
  allowed_keys jsonb not null default '[]'::jsonb,
  constraint repositories_pkey PRIMARY KEY (id),
  constraint repositories_name_key UNIQUE (name),
  constraint repository_url_once UNIQUE (kind, url),
  constraint repositories_kind_check CHECK ((kind = ANY (ARRAY['GIT'::text, 'HELM'::text])))
);

create table schema_versions (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_versions_pkey PRIMARY KEY (version)
);

create table task_log (
  task_id uuid not null,
  number integer not null,
  at timestamp with time zone not null default now(),
  level text not null,
  message text not null,
  constraint task_log_pkey PRIMARY KEY (task_id, number),
  constraint task_log_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(id) ON DELETE CASCADE
);

create table task_steps (
  task_id uuid not null,
  name text not null,
  position integer not null generated always as identity,
  state text not null,
  attempts integer not null default 1,
  result jsonb,
  error text,
  started_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  constraint task_steps_pkey PRIMARY KEY (task_id, name),
  constraint task_steps_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(id) ON DELETE CASCADE,
  constraint task_steps_state_check CHECK ((state = ANY (ARRAY['RUNNING'::text, 'SUCCEEDED'::text, 'FAILED'::text])))
);

create table tasks (
  id uuid not null,
  kind text not null,
  state text not null default 'QUEUED'::text,
  reason text,
  cluster_id uuid not null,
  deployment_id uuid not null,
  deployment_name text not null,
  resource_name text not null,
  namespace text not null,
  instance_id uuid,
  driver_digest text,
  intent_generation integer,
  payload jsonb not null default '{}'::jsonb,
  attempts integer not null default 0,
  crashes integer not null default 0,
  cancel_requested text,
  kept jsonb not null default '[]'::jsonb,
  token uuid,
  agent_epoch integer,
  lease_until timestamp with time zone,
  claimed_at timestamp with time zone,
  due_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  claim_request text,
  taken_back boolean,
  superseded_by uuid,
  constraint tasks_pkey PRIMARY KEY (id),
  constraint ended_has_time CHECK (((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text])) = (finished_at IS NULL))),
  constraint running_has_lease CHECK (((state = 'RUNNING'::text) = (lease_until IS NOT NULL))),
  constraint tasks_kind_check CHECK ((kind = ANY (ARRAY['DEPLOY'::text, 'UPGRADE'::text, 'DELETE'::text, 'TEST'::text]))),
  constraint tasks_state_check CHECK ((state = ANY (ARRAY['QUEUED'::text, 'RUNNING'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'CANCELLED'::text])))
);

create table version_notices (
  deployment_id uuid not null,
  version_id uuid not null,
  state text not null,
  reason text,
  plan jsonb,
  task_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint version_notices_pkey PRIMARY KEY (deployment_id, version_id),
  constraint version_notices_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE,
  constraint version_notices_version_id_fkey FOREIGN KEY (version_id) REFERENCES application_driver_versions(id) ON DELETE CASCADE,
  constraint version_notices_state_check CHECK ((state = ANY (ARRAY['NEW'::text, 'PLANNED'::text, 'HELD'::text, 'UPGRADING'::text, 'UPGRADED'::text, 'FAILED'::text])))
);

create table webhook_deliveries (
  key bytea not null,
  at timestamp with time zone not null default now(),
  constraint webhook_deliveries_pkey PRIMARY KEY (key)
);

CREATE INDEX callers_cluster ON public.callers USING btree (cluster_id);

CREATE INDEX deployment_statuses_cluster ON public.deployment_statuses USING btree (cluster_id);

CREATE INDEX deployment_statuses_name ON public.deployment_statuses USING btree (name, uid);

CREATE INDEX deployments_deleting ON public.deployments USING btree (id) WHERE (phase = 'DELETING'::text);

CREATE INDEX deployments_driver_version ON public.deployments USING btree (driver_version_id);

CREATE INDEX deployments_new_versions ON public.deployments USING btree (id) WHERE (policies ? 'newVersions'::text);

CREATE INDEX driver_loads_source ON public.driver_loads USING btree (source_id, id);

CREATE INDEX driver_loads_version ON public.driver_loads USING btree (version_id);

CREATE INDEX driver_sources_load ON public.driver_sources USING btree (load_due_at) WHERE (load_due_at IS NOT NULL);

CREATE INDEX driver_sources_url ON public.driver_sources USING btree (url);

CREATE INDEX environments_cluster ON public.environments USING btree (cluster_id);

CREATE INDEX followed_repositories_due ON public.followed_repositories USING btree (due_at);

CREATE INDEX followed_repositories_key ON public.followed_repositories USING btree (key);

CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);

CREATE INDEX inquiries_open ON public.inquiries USING btree (cluster_id, created_at) WHERE (claimed_at IS NULL);

CREATE INDEX instances_deployment ON public.instances USING btree (deployment_id, id);

CREATE INDEX instances_driver_version ON public.instances USING btree (driver_version_id);

CREATE INDEX intents_instance ON public.intents USING btree (instance_id);

CREATE INDEX intents_released ON public.intents USING btree (due_at) WHERE (state = 'RELEASED'::text);

CREATE INDEX intents_task ON public.intents USING btree (task_id) WHERE (state = 'HELD'::text);

CREATE INDEX pod_statuses_deployment ON public.pod_statuses USING btree (deployment_id);

CREATE INDEX pod_statuses_name ON public.pod_statuses USING btree (namespace, name, uid);

CREATE INDEX tasks_deployment ON public.tasks USING btree (deployment_id, id);

CREATE INDEX tasks_leases ON public.tasks USING btree (lease_until) WHERE (state = 'RUNNING'::text);

CREATE UNIQUE INDEX tasks_one_begun ON public.tasks USING btree (deployment_id) WHERE ((state = 'RUNNING'::text) OR ((state = 'QUEUED'::text) AND (attempts > 0)));

CREATE UNIQUE INDEX tasks_one_waiting ON public.tasks USING btree (deployment_id, ((kind = 'TEST'::text))) WHERE ((state = 'QUEUED'::text) AND (attempts = 0));

CREATE INDEX tasks_queued ON public.tasks USING btree (cluster_id, due_at, id) WHERE (state = 'QUEUED'::text);

CREATE INDEX tasks_superseded_by ON public.tasks USING btree (superseded_by) WHERE (superseded_by IS NOT NULL);

CREATE INDEX tasks_to_take_back ON public.tasks USING btree (deployment_id) WHERE ((kind = 'UPGRADE'::text) AND (state = ANY (ARRAY['FAILED'::text, 'CANCELLED'::text])) AND (taken_back IS NULL));

CREATE INDEX version_notices_upgrading ON public.version_notices USING btree (task_id) WHERE (state = 'UPGRADING'::text);

CREATE INDEX version_notices_version ON public.version_notices USING btree (version_id);

CREATE INDEX webhook_deliveries_at ON public.webhook_deliveries USING btree (at);

CREATE OR REPLACE FUNCTION public.tell_of_deployment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('styrmin', 'deployment:' || coalesce(new.id, old.id));
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_inquiry()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('styrmin', 'inquiry:' || new.cluster_id);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_intent()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.state = 'RELEASED' then
    perform pg_notify('styrmin', 'intent:' || e.cluster_id)
      from deployments d join environments e on e.id = d.environment_id where d.id = new.deployment_id;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_last_commit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('styrmin', 'version:' || coalesce(new.driver_id::text, ''));
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_repository()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.lease is null and new.due_at <= now() then perform pg_notify('styrmin', 'source:poll'); end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_source()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.lease is null and new.load_due_at <= now() then perform pg_notify('styrmin', 'source:load'); end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_task()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- However a task ends: what it held and did not release is never published.
  if new.state in ('FAILED', 'CANCELLED') then
    update intents set state = 'SUPERSEDED' where task_id = new.id and state = 'HELD';
  end if;
  perform pg_notify('styrmin', 'work:' || new.cluster_id);
  perform pg_notify('styrmin', 'task:' || new.id);
  perform pg_notify('styrmin', 'deployment:' || new.deployment_id);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_task_part()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('styrmin', 'task:' || new.task_id);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_of_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('styrmin', 'version:' || new.driver_id);
  return null;
end $function$;

CREATE TRIGGER tell AFTER INSERT OR UPDATE OF loaded_at ON public.application_driver_versions FOR EACH ROW EXECUTE FUNCTION tell_of_version();

CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE ON public.deployments FOR EACH ROW EXECUTE FUNCTION tell_of_deployment();

CREATE TRIGGER tell AFTER INSERT OR UPDATE OF load_due_at ON public.driver_sources FOR EACH ROW EXECUTE FUNCTION tell_of_source();

CREATE TRIGGER tell_of_last AFTER UPDATE OF has_more ON public.driver_sources FOR EACH ROW WHEN ((old.has_more AND (NOT new.has_more))) EXECUTE FUNCTION tell_of_last_commit();

CREATE TRIGGER tell AFTER INSERT OR UPDATE OF due_at ON public.followed_repositories FOR EACH ROW EXECUTE FUNCTION tell_of_repository();

CREATE TRIGGER tell AFTER INSERT ON public.inquiries FOR EACH ROW EXECUTE FUNCTION tell_of_inquiry();

CREATE TRIGGER tell AFTER INSERT OR UPDATE OF state ON public.intents FOR EACH ROW EXECUTE FUNCTION tell_of_intent();

CREATE TRIGGER tell AFTER INSERT ON public.task_log FOR EACH ROW EXECUTE FUNCTION tell_of_task_part();

CREATE TRIGGER tell AFTER INSERT OR UPDATE ON public.task_steps FOR EACH ROW EXECUTE FUNCTION tell_of_task_part();

CREATE TRIGGER tell AFTER INSERT OR UPDATE OF state, cancel_requested, reason ON public.tasks FOR EACH ROW EXECUTE FUNCTION tell_of_task();
