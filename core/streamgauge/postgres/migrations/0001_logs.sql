-- The two logs, the positions of who reads them, and what could not be handled.
--
-- Keys of tables that hold an organisation's data start with the tenant, so that they can be
-- distributed by it. The last three tables describe this installation and hold nobody's data.

-- Every CloudEvent that was ever accepted. The columns without a comment are eventsourcing's.
create table cloudevents_events (
    tenant text not null default 'default',
    originator_id uuid not null,          -- UUIDv5 of source and id: an event is kept once
    originator_version bigint not null,   -- 1: the event is the whole of its stream
    topic text not null,                  -- the CloudEvent's type
    state bytea not null,                 -- the event in the JSON event format, as received
    notification_id bigserial not null,   -- the position in the log
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant, originator_id, originator_version)
) with (autovacuum_vacuum_threshold = 100000000, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.01);
create index cloudevents_events_notification_id_idx on cloudevents_events (notification_id);

-- The CDEvents that transformers made of them. Derived: it can be made again.
create table cdevents_events (
    tenant text not null default 'default',
    originator_id uuid not null,          -- UUIDv5 of context.source and context.id
    originator_version bigint not null,
    topic text not null,                  -- context.type, with its version
    state bytea not null,                 -- the whole CDEvent as JSON
    notification_id bigserial not null,
    recorded_at timestamptz not null default clock_timestamp(),
    cause bigint,                         -- the position of the CloudEvent it was made of
    transformer text,                     -- what made it, and which version: 'github 0.1.0'
    primary key (tenant, originator_id, originator_version)
) with (autovacuum_vacuum_threshold = 100000000, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.01);
create index cdevents_events_notification_id_idx on cdevents_events (notification_id);

-- Same source and id as a recorded event, other content: kept out of the log, kept here.
create table conflicts (
    tenant text not null,
    originator_id uuid not null,
    digest bytea not null,                -- SHA-256 of state
    state bytea not null,
    first_seen timestamptz not null default now(),
    times bigint not null default 1,
    primary key (tenant, originator_id, digest)
);

-- An event that a transformer or a projection could not handle, once per handler.
create table dead_letters (
    tenant text not null,
    dead_letter_id uuid not null,         -- UUIDv5 of processor, position and handler
    processor text not null,              -- 'router', or the projection's name and build
    position bigint not null,             -- in the log that the processor reads
    event_source text not null,
    event_id text not null,
    event_type text not null,
    handler text not null,                -- the transformer or projection
    handler_version text not null,
    reason text not null,
    attempts int not null default 1,
    state text not null default 'parked' check (state in ('parked', 'queued', 'done', 'skipped')),
    parked_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (tenant, dead_letter_id)
);
create index dead_letters_open on dead_letters (processor, position)
    where state in ('parked', 'queued');

-- What a stateful transformer remembers under one key.
create table transformer_states (
    tenant text not null,
    transformer text not null,
    key_id uuid not null,                 -- UUIDv5 of key, which may be of any length
    key text not null,
    state json not null,
    position bigint not null,             -- of the CloudEvent that last changed it
    primary key (tenant, transformer, key_id)
);

-- How far each processor has read its log. The columns are eventsourcing's; the row named
-- __migration__ tells that library that the table holds one row per reader.
create table streamgauge_tracking (
    application_name text primary key,
    notification_id bigint not null,
    updated_at timestamptz not null default now()
) with (fillfactor = 50);
insert into streamgauge_tracking (application_name, notification_id) values ('__migration__', 1);

-- The builds of each projection: one is current, one may be building beside it.
create table projection_builds (
    projection text not null,
    build int not null,
    version int not null,                 -- the projection's own version when it was built
    state text not null check (state in ('building', 'current')),
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (projection, build)
);
create unique index projection_builds_current on projection_builds (projection)
    where state = 'current';
create unique index projection_builds_building on projection_builds (projection)
    where state = 'building';

-- An event as JSON that every operator can read. An event may hold \u0000, which text cannot, and
-- one such event must not break every query: it is shown as \ufffd here, and kept in the log as it
-- is. The pattern leaves alone a backslash, written as two, before u0000.
create function streamgauge_json(state bytea) returns json language sql immutable as $$
select case when position('\x5c7530303030'::bytea in state) = 0
            then convert_from(state, 'UTF8')
            else regexp_replace(convert_from(state, 'UTF8'),
                                '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')
       end::json
$$;

-- The logs as readers of the proof of concept know them. `json`, not `jsonb`: as it was written.
create view cloudevents_raw as
select tenant,
       notification_id as event_id,
       streamgauge_json(state) as content,
       recorded_at at time zone 'UTC' as event_timestamp,
       topic as type
from cloudevents_events;

create view cdevents_raw as
select tenant,
       content -> 'context' ->> 'source' as cd_source,
       content -> 'context' ->> 'id' as cd_id,
       (content -> 'context' ->> 'timestamp')::timestamptz at time zone 'UTC' as cd_timestamp,
       topic as cd_type,
       content -> 'subject' ->> 'id' as cd_subject_id,
       content -> 'subject' ->> 'source' as cd_subject_source,
       content,
       notification_id as event_id,
       cause,
       transformer
from (select *, streamgauge_json(state) as content from cdevents_events) as events;
