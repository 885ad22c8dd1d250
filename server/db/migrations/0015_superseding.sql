-- The task that took the place of one: what is to be taken back of an upgrade is left to it.
alter table tasks add column superseded_by uuid;
create index tasks_superseded_by on tasks (superseded_by) where superseded_by is not null;
