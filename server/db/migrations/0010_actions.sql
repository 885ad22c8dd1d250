-- A change of the application's or the driver's version is a flow of its own.
alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check check (kind in ('DEPLOY', 'UPGRADE', 'DELETE'));
-- What was declared when an instance was resolved, as given: {parameters, config, envVars, containerOverrides}. A roll
-- back declares it again. Null for instances that were made before this was known.
alter table instances add column declared jsonb;
-- Secrets that were given by an update lay with the other parameters; they are sealed with their instance.
update deployments d set parameters = d.parameters - array(
  select p.key from instances n, jsonb_each(n.parameters) p where n.id = d.instance_id and p.value = '{"set": true}');
