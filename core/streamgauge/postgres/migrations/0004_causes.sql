-- Lineage: which CDEvents were made of a CloudEvent is found by an index, in every build of their
-- log. New builds are made in the shape of the current one, and so have it too.
do $$
declare
    log text;
begin
    for log in select format('cdevents_events__%s', build) from builds where stage = 'cdevents' loop
        execute format('create index %I on %I (cause)', log || '_cause_idx', log);
    end loop;
end
$$;
