-- Old payloads are kept in files; their rows stay (docs/decisions/0027). An archived event has an
-- empty state, which no other event has, and here what is known of it: file, size, digests.
alter table cloudevents_events add archived json;
create index cloudevents_events_archived_idx on cloudevents_events (notification_id)
    where archived is not null;

-- No content is shown where it is not here.
create or replace view cloudevents_raw as
select tenant,
       notification_id as event_id,
       case when archived is null then streamgauge_json(state) end as content,
       recorded_at at time zone 'UTC' as event_timestamp,
       topic as type,
       archived
from cloudevents_events;
