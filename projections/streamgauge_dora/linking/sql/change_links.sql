-- The first deployment of each change of each service in each environment that has it. `ids`: of
-- these changes; null: of all.
insert into {change_links} as made
with stated as materialized (
    select distinct on (g.tenant, c.change_id, d.deployment_id)
           g.tenant, c.change_id, d.deployment_id, d.service, d.environment, d.finished_at,
           d.outcome, g.linked, g.corrected
    from {given_links} g
    cross join lateral (
        select g.thing as change_id
        union select e.change_id from {change_events} e
        where e.event_id = g.thing and e.tenant = g.tenant
    ) c
    cross join lateral ({named_deployment}) d
    where g.what = 'change'
      and (%(ids)s::text[] is null or c.change_id = any(%(ids)s))
      and (%(ids)s::text[] is null or g.thing = any(%(ids)s) or g.thing in (
          select event_id from {change_events} where change_id = any(%(ids)s)
      ))
      and exists (
          select from {changes} h where h.change_id = c.change_id and h.tenant = g.tenant
      )
    order by g.tenant, c.change_id, d.deployment_id, g.corrected desc, g.at desc, g.event_key
),
reached as (
    select k.tenant, k.change_id, s.line, s.service, s.environment, s.deployment_id, s.finished_at,
           case when s.sha = h.commit_sha then 'commit' else 'branch' end as rule,
           s.came is null and not exists (
               select from {steps} e
               where e.line = s.line and e.repository = s.repository and e.tenant = s.tenant
                 and (e.finished_at, e.deployment_id) < (s.finished_at, s.deployment_id)
           ) as is_first,
           k.key < s.rewritten as is_rewritten
    from {keys_and_steps}
    join {changes} h on h.change_id = k.change_id and h.tenant = k.tenant
    where (%(ids)s::text[] is null or k.change_id = any(%(ids)s))
      {only_own_parts}
      and not exists (
          select from stated x
          where x.tenant = k.tenant and x.change_id = k.change_id
            and x.deployment_id = s.deployment_id and not x.linked
      )
),
candidates as (
    select tenant, change_id, line, service, environment, deployment_id, finished_at, rule,
           case when is_first then 'first_deployment'
                when is_rewritten then 'history_rewritten' end as left_out,
           case when is_rewritten and not is_first then 3 else 2 end as rank
    from reached
    union all
    select d.tenant, d.change_id, {line}, d.service, d.environment, d.deployment_id, d.finished_at,
           case when d.corrected then 'corrected' else 'given' end, null,
           case when d.corrected then 0 else 1 end
    from stated d where d.linked and d.outcome = 'success'
),
firsts as (
    select distinct on (tenant, change_id, line)
           tenant, change_id, line, service, environment, deployment_id, finished_at, rule, left_out
    from candidates
    order by tenant, change_id, line, rank, finished_at, deployment_id, rule = 'branch'
)
select f.tenant, f.change_id, f.line, f.service, f.environment, f.deployment_id, f.finished_at,
       f.rule, f.left_out, d.production,
       row_number() over (
           partition by f.tenant, f.change_id order by f.finished_at, f.deployment_id
       ),
       h.kind, h.repository, h.first_commit_at, h.created_at, h.first_reviewed_at, h.merged_at
from firsts f
join {changes} h on h.change_id = f.change_id and h.tenant = f.tenant
join {deployments} d on d.deployment_id = f.deployment_id and d.tenant = f.tenant
