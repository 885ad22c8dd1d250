-- Each commit of a followed branch is loaded, the oldest first: `loaded_commit` goes from one to the next.
alter table driver_sources
  -- Whether commits after `loaded_commit` are known that are just being loaded: what is the newest version is not known yet.
  add column has_more boolean not null default false,
  -- What was passed over when the ref moved last; null when nothing was.
  add column skipped jsonb;

-- SKIPPED: commits that were not loaded, of which this is the newest.
alter table driver_loads drop constraint driver_loads_state_check,
  add constraint driver_loads_state_check check (state in ('LOADED', 'UNCHANGED', 'FAILED', 'SKIPPED'));

-- Policies wait for the last of several commits; it may have made no version.
create function tell_of_last_commit() returns trigger language plpgsql as $$
begin
  perform pg_notify('styrmin', 'version:' || coalesce(new.driver_id::text, ''));
  return null;
end $$;
create trigger tell_of_last after update of has_more on driver_sources
  for each row when (old.has_more and not new.has_more) execute function tell_of_last_commit();
