-- Everything derived is a stage with builds, the log of CDEvents too (docs/decisions/0014).

-- Positions are numbered under the log's lock: a sequence leaves gaps, at every redelivery.
alter table cloudevents_events alter notification_id drop default;
drop sequence cloudevents_events_notification_id_seq;
alter table cdevents_events alter notification_id drop default;
drop sequence cdevents_events_notification_id_seq;

-- The log of CDEvents is now the first build of itself; the views read whichever is current.
drop view cdevents_raw;
alter table cdevents_events rename to cdevents_events__1;
alter index cdevents_events_pkey rename to cdevents_events__1_pkey;
alter index cdevents_events_notification_id_idx rename to cdevents_events__1_notification_id_idx;
create view cdevents_events as select * from cdevents_events__1;
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

create table builds (
    stage text not null,                  -- 'cdevents', or a projection's or a metric's name
    build int not null,
    source text,                          -- the stage that it reads; null: the CloudEvents
    source_build int,                     -- and which build of it
    version int not null,                 -- the stage's own version when the build was made
    definition json,                      -- what it was made with, beside the code
    state text not null check (state in ('building', 'current', 'replaced', 'rejected')),
    filled boolean not null default true, -- all that there was to read is in it
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (stage, build)
);
create unique index builds_current on builds (stage) where state = 'current';
create unique index builds_building on builds (stage) where state = 'building';
-- A number is used once, also that of a build which is gone: somebody may still be at work on it.
create table build_numbers (
    stage text primary key,
    last int not null
);
insert into builds (stage, build, version, state) values ('cdevents', 1, 1, 'current');
insert into builds (stage, build, source, source_build, version, state, created_at, changed_at)
select projection, build, 'cdevents', 1, version, state, created_at, changed_at from projection_builds;
drop table projection_builds;
insert into build_numbers select stage, max(build) from builds group by stage;

-- What a replay has still to fold: a row goes in the transaction that folds its range.
create table build_ranges (
    stage text not null,
    build int not null,
    first bigint not null,                -- the range is first < position <= last
    last bigint not null,
    primary key (stage, build, first)
);

-- How fast each reader goes: events per second, fading over half a minute.
alter table streamgauge_tracking add rate float8 not null default 0;
update streamgauge_tracking set application_name = 'cdevents@1' where application_name = 'router';
insert into streamgauge_tracking (application_name, notification_id) values ('cdevents@1', 0)
on conflict do nothing;

-- What stateful transformers remember belongs to the build of the log that they write.
alter table transformer_states drop constraint transformer_states_pkey;
alter table transformer_states add build int not null default 1;
alter table transformer_states alter build drop default;
alter table transformer_states add primary key (tenant, build, transformer, key_id);

-- 'blocking': the stage stops there until it is handled or skipped.
update dead_letters set processor = 'cdevents@1' where processor = 'router';
alter table dead_letters drop constraint dead_letters_state_check;
alter table dead_letters add check (state in ('parked', 'queued', 'blocking', 'done', 'skipped'));
drop index dead_letters_open;
create index dead_letters_open on dead_letters (processor, position) where state <> 'done';

-- Replays: asked for, at work, done.
create table replays (
    replay_id bigint generated always as identity primary key,
    stage text not null,
    action text not null check (action in ('replay', 'compare', 'rollback')),
    asked_by text not null,               -- 'command', 'api', 'definition'
    state text not null default 'queued'
        check (state in ('queued', 'running', 'done', 'failed')),
    step text,                            -- which stage is being built, or 'swap'
    position bigint,
    head bigint,
    result json,
    error text,
    asked_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create unique index replays_open on replays (stage, action) where state in ('queued', 'running');
