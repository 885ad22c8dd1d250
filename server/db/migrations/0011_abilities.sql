-- What an agent can do beyond what every agent can, by the words of its last hello.
alter table agents add column abilities jsonb not null default '[]';
