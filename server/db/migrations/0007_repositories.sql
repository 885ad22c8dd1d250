-- What is needed to reach repositories: one row for all whose address begins with `url`, on a border of its path.
create table repositories (
  id uuid primary key,
  name text not null unique,
  kind text not null check (kind in ('GIT', 'HELM')),
  -- Scheme, host, port and path in the one spelling of `server/drivers/address.ts`; without a slash at its end.
  url text not null,
  username text,
  -- Sealed for this row and this url: moved to another address it does not open.
  token bytea,
  -- Certificates that sign the server's own, as PEM; the system's count when there are none.
  ca text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint repository_url_once unique (kind, url)
);
