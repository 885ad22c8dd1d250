-- Of an upgrade that ended other than well: whether something of it was taken back. Null until that was looked at.
alter table tasks add column taken_back boolean;
update tasks set taken_back = false where kind = 'UPGRADE' and state in ('FAILED', 'CANCELLED');
create index tasks_to_take_back on tasks (deployment_id)
  where kind = 'UPGRADE' and state in ('FAILED', 'CANCELLED') and taken_back is null;
