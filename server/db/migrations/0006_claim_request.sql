-- Which request of its agent a task was claimed by, so that the same one asked again gets the same claim.
alter table tasks add column claim_request text;
