-- Who may (docs/decisions/0023). A token's tenant is what it is bound to, and null where it is bound
-- to none: the table is not a tenant's, and on Citus a reference table.
create table tokens (
    token_id text primary key,
    name text not null,
    digest bytea not null check (length(digest) = 32),
    roles text[] not null check (roles <> '{}' and roles <@ array['ingest', 'read', 'admin']),
    tenant text,
    sources text[] not null default '{}',
    rate int check (rate > 0),
    max_event_bytes int check (max_event_bytes > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
