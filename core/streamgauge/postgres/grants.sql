-- Who may do what with the tables that there are. `migrate` runs it too, whenever it has made some.
do $$
declare
    shown name;
begin
    if to_regclass('public.tokens') is null then
        return;  -- not made yet, or older than this: the owner's next `migrate` comes back to it
    end if;

    -- Ingestion: to append, to find what was recorded before, to know whose token it is.
    grant select on public.schema_migrations, public.tokens to streamgauge_ingest;
    grant select on public.cloudevents_events to streamgauge_ingest;
    revoke insert on public.cloudevents_events from streamgauge_ingest, streamgauge_api;
    -- Neither when it was recorded nor whether it is archived is for who appends to say.
    grant insert (tenant, originator_id, originator_version, topic, state, notification_id)
        on public.cloudevents_events to streamgauge_ingest, streamgauge_api;
    grant select, insert, update (times) on public.conflicts to streamgauge_ingest;

    -- The API: to read everything, to ask for replays and retries, to record corrections.
    grant select on all tables in schema public to streamgauge_api;
    grant insert, update (times) on public.conflicts to streamgauge_api;
    grant insert, update on public.replays to streamgauge_api;
    grant update (state, changed_at) on public.dead_letters to streamgauge_api;

    -- Who looks: the public views, of which cdevents_events is none.
    for shown in
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'v'
            and relowner = 'streamgauge_owner'::regrole and relname <> 'cdevents_events'
    loop
        execute format('grant select on public.%I to streamgauge_reader', shown);
    end loop;
end
$$;
