-- Deployments whose delete may have ended too soon are looked for every second.
create index deployments_deleting on deployments (id) where phase = 'DELETING';
