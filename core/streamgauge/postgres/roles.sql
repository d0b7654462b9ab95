-- The roles of Postgres under which the parts of Streamgauge run (docs/how-to/postgres-roles.md).
-- To be run in its database by a superuser, or by the database's owner who may create roles, before
-- the tables are made or after. It may be run again at any time.
revoke create on schema public from public;
do $$
declare
    role text;
    thing record;
begin
    foreach role in array array['streamgauge_owner', 'streamgauge_ingest', 'streamgauge_api',
                                'streamgauge_reader'] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I login', role);  -- and nobody can, until a password is set
        end if;
        execute format('grant connect on database %I to %I', current_database(), role);
        execute format('grant usage on schema public to %I', role);
    end loop;
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant streamgauge_owner to %I', current_user);
    end if;
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant create, temporary on database %I to streamgauge_owner', current_database());
    grant create on schema public to streamgauge_owner;

    -- What was made before, but for what extensions have brought.
    for thing in
        select c.relname as name, case c.relkind when 'v' then 'view' else 'table' end as kind
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
            and c.relowner <> 'streamgauge_owner'::regrole
            and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    loop
        execute format('alter %s public.%I owner to streamgauge_owner', thing.kind, thing.name);
    end loop;
    if to_regprocedure('public.streamgauge_json(bytea)') is not null then
        alter function public.streamgauge_json(bytea) owner to streamgauge_owner;
    end if;
end
$$;
-- What replays make later, to be read by whoever answers.
alter default privileges for role streamgauge_owner in schema public
    grant select on tables to streamgauge_api;
