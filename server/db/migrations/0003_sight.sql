-- When an agent last saw everything, and what it cannot see now: a list of {kind, namespace, reason, since}.
alter table reports add column complete_at timestamptz, add column blind jsonb not null default '[]';
update reports set complete_at = received_at;
