-- How far each successful deployment came on every branch that has its commit. A scope, side by side
-- in `tenants`, `services`, `environments` and `cuts`: of the deployments of a service in an
-- environment since an instant; null: of all.
--
-- What a branch had before a commit is below it, unless the commit came to it with a merge: then it
-- stands on the branch that it came from.
insert into {steps} as made
with stood as (
    select distinct on (d.tenant, d.deployment_id, dc.repository, dc.sha, c.branch)
           d.tenant, {line} as line, d.service, d.environment, dc.repository, c.branch,
           d.deployment_id, d.finished_at, dc.sha, c.key, exists (
               select from {commits} m
               where m.event_key = c.event_key and m.tenant = c.tenant and m.is_merge
                 and m.place > c.place
           ) as below
    from {deployments} d
    {scope}
    join {deployment_commits} dc on dc.deployment_id = d.deployment_id and dc.tenant = d.tenant
    join {commits} c on c.sha = dc.sha and c.repository = dc.repository and c.tenant = dc.tenant
    where d.outcome = 'success'
    order by d.tenant, d.deployment_id, dc.repository, dc.sha, c.branch,
             c.pushed desc, c.key, c.event_key
),
placed as (
    select *, bool_and(below) over (partition by tenant, deployment_id, repository, sha)
               as nowhere_else
    from stood
),
-- A deployment of two commits of one repository has come as far as the further one.
furthest as (
    select distinct on (tenant, line, repository, branch, deployment_id) * from placed
    where not below or nowhere_else
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
