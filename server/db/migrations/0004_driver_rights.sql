-- What agents need to be granted to deploy it, as rules of a ClusterRole; null when it was loaded before this was known.
alter table application_driver_versions add column rights jsonb;
