-- The changes of new statements, and of statements about new deployments and new events.
with told as (
    select thing, tenant from {given_links}
    where position > %(since)s and position <= %(upto)s and what = 'change'
    union
    select g.thing, g.tenant from {deployments} d
    join {given_links} g on g.tenant = d.tenant and g.what = 'change'
                        and g.deployment in (d.deployment_id::text, d.event_id, d.reference)
    where d.position > %(since)s and d.position <= %(upto)s
)
select thing from told
union
select e.change_id from told t
join {change_events} e on e.event_id = t.thing and e.tenant = t.tenant
