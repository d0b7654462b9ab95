-- Who speaks, when last, and how long it has been silent before. Made of the log by a reader of its
-- own, `sources` in streamgauge_tracking; it can be made again.
create table event_sources (
    tenant text not null,
    source text not null,                 -- an event's source, cut if it is very long
    events bigint not null,
    first_at timestamptz not null,        -- when events of it were recorded
    last_at timestamptz not null,
    longest_silence interval not null,    -- between two of its events
    primary key (tenant, source)
);
