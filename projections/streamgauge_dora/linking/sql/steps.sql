-- How far each successful deployment came on every branch that has its commit. A scope, side by side
-- in `tenants`, `services`, `environments` and `cuts`: of the deployments of a service in an
-- environment since an instant; null: of all.
--
-- What a branch had before a commit is below it, unless the commit came to it with a merge: then it
-- stands on the branch that it came from.
insert into {steps}
with placed as (
    select d.tenant, {line} as line, d.service, d.environment, dc.repository, c.branch,
           d.deployment_id, d.finished_at, dc.sha, c.key
    from {deployments} d
    {scope}
    join {deployment_commits} dc on dc.deployment_id = d.deployment_id and dc.tenant = d.tenant
    cross join lateral (
        select o.*, bool_and(o.below) over () as nowhere_else from (
            select distinct on (c.branch) c.branch, c.key, exists (
                select from {commits} m
                where m.event_key = c.event_key and m.tenant = c.tenant and m.is_merge
                  and m.place > c.place
            ) as below
            from {commits} c
            where c.sha = dc.sha and c.repository = dc.repository and c.tenant = dc.tenant
            order by c.branch, c.pushed desc, c.key, c.event_key
        ) o
    ) c
    where d.outcome = 'success' and (not c.below or c.nowhere_else)
),
-- A deployment of two commits of one repository has come as far as the further one.
furthest as (
    select distinct on (tenant, line, repository, branch, deployment_id) * from placed
    order by tenant, line, repository, branch, deployment_id, key desc, sha
),
stepped as (
    select f.*, greatest(
        max(f.key) over (
            partition by f.tenant, f.line, f.repository, f.branch
            order by f.finished_at, f.deployment_id
            rows between unbounded preceding and 1 preceding
        ),
        {before}
    ) as came
    from furthest f
)
select s.tenant, s.line, s.service, s.environment, s.repository, s.branch, s.deployment_id,
       s.finished_at, s.sha, s.key, s.came, (
           select max(c.key) from {commits} c
           where c.repository = s.repository and c.branch = s.branch and c.tenant = s.tenant
             and c.forced and c.place = 0 and c.key <= s.key and (s.came is null or c.key > s.came)
       )
from stepped s
