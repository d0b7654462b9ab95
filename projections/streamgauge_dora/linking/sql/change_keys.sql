-- Where each merged change stands: on every branch that has its commit, and on its own branch at its
-- last commit, which a tool may name that deploys it; without a commit, at the moment of its merge on
-- the branch it is meant for. `ids`: of these changes; null: of all.
insert into {change_keys}
with stands as (
    select h.tenant, h.change_id, h.repository, c.branch, c.key, c.pushed, c.event_key, 1 as rank
    from {changes} h
    join {commits} c on c.sha = h.commit_sha and c.repository = h.repository
                    and c.tenant = h.tenant
    where h.merged_at is not null and (%(ids)s::text[] is null or h.change_id = any(%(ids)s))
    union all
    select e.tenant, e.change_id, e.repository, c.branch, c.key, c.pushed, c.event_key, 2
    from {change_events} e
    join {commits} c on c.sha = e.head_sha and c.repository = e.repository and c.tenant = e.tenant
                    and c.branch = e.head_branch and c.pushed
    where e.kind = 'merged' and e.head_branch is distinct from e.branch
      and (%(ids)s::text[] is null or e.change_id = any(%(ids)s))
)
select distinct on (tenant, change_id, branch) tenant, change_id, repository, branch, key
from stands
order by tenant, change_id, branch, rank, pushed desc, key, event_key
