-- The tests of a chart are a flow of their own. One may wait beside a change that waits.
alter table tasks drop constraint tasks_kind_check,
  add constraint tasks_kind_check check (kind in ('DEPLOY', 'UPGRADE', 'DELETE', 'TEST'));
drop index tasks_one_waiting;
create unique index tasks_one_waiting on tasks (deployment_id, (kind = 'TEST')) where state = 'QUEUED' and attempts = 0;
