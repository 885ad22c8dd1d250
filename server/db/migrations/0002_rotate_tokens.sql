-- A token that was rotated is good until then, or until its cluster's agent says hello with the new one.
alter table callers add column retires_at timestamptz;
