-- The projection `deployments` is called `delivery`: it holds more than deployments
-- (docs/decisions/0015). Its tables keep their names. What it made is of an older version of it,
-- and a replay makes it anew.
update builds set stage = 'delivery' where stage = 'deployments';
update builds set source = 'delivery' where source = 'deployments';
update build_numbers set stage = 'delivery' where stage = 'deployments';
update build_ranges set stage = 'delivery' where stage = 'deployments';
update streamgauge_tracking set application_name = 'delivery@' || split_part(application_name, '@', 2)
where application_name like 'deployments@%';
update dead_letters
set processor = 'delivery@' || split_part(processor, '@', 2), handler = 'delivery'
where processor like 'deployments@%';
update replays set stage = 'delivery' where stage = 'deployments';
update replays set step = 'delivery' where step = 'deployments';
-- What a replay did, and which stages it had to leave out, by their names.
update replays
set result = replace(replace(result::text, '"stage":"deployments"', '"stage":"delivery"'),
                     '"deployments":', '"delivery":')::json
where result::text like '%"deployments"%';

-- Metrics have no tables any more, and nothing knows the names of those that they had.
do $$
declare name text;
begin
    for name in select c.relname from pg_class c
                where c.relkind = 'r' and c.relname ~ '^counted_deployments__[0-9]+$'
                  and pg_table_is_visible(c.oid)
    loop
        execute format('drop table %I', name);
    end loop;
end $$;
