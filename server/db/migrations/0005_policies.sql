-- How the operator treats what it finds of a deployment: {drift, conflicts, prune, ignore}; what is absent is the default.
alter table deployments add column policies jsonb not null default '{}';
