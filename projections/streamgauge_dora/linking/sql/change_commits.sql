-- The commits of changes that were merged: those that the change's own branch had, and those that
-- the push of the merge brought. `ids`: of these changes; null: of all.
insert into {change_commits} as made
with merges as materialized (
    select distinct on (tenant, change_id)
           tenant, change_id, at, repository, branch, commit_sha, head_sha, head_branch, commits
    from {change_events}
    where kind = 'merged' and repository is not null
      and (%(ids)s::text[] is null or change_id = any(%(ids)s))
    order by tenant, change_id, at, event_key
),
-- Where the commit of the merge is in a push to the branch.
stood as materialized (
    select m.*, c.event_key, c.pushed_at, c.place, c.is_merge
    from merges m
    cross join lateral (
        select c.event_key, c.pushed_at, c.place, c.is_merge from {commits} c
        where c.sha = m.commit_sha and c.repository = m.repository
          and c.tenant = m.tenant and c.branch = m.branch and c.pushed
        order by c.key, c.event_key limit 1
    ) c
),
-- A merge queue pushes several merges at once: the commits since the merge before it are its own.
-- How many there are it says; of a merge commit they come on top of it.
brought as (
    select s.tenant, s.change_id, s.repository, c.sha, c.authored_at, not c.is_merge as counts
    from stood s
    join {commits} c on c.event_key = s.event_key and c.tenant = s.tenant and c.pushed
    where c.place <= s.place
      and c.place > s.place - case when s.commits is not null then s.commits + s.is_merge::int
                                   when s.is_merge then s.place + 1 else 1 end
      and c.place > coalesce((
          select max(o.place) from {commits} o
          join {change_events} e on e.commit_sha = o.sha and e.repository = o.repository
                                and e.tenant = o.tenant and e.kind = 'merged'
          where o.event_key = s.event_key and o.tenant = s.tenant and o.place < s.place
            and e.change_id <> s.change_id
      ), -1)
),
-- Where the change's last commit is on its own branch, and that of the change before it there.
headed as materialized (
    select m.tenant, m.change_id, m.repository, m.branch, m.head_branch, m.commits, h.key,
           s.event_key as landed, coalesce(s.pushed_at, m.at) as landed_at, (
        select max(c.key) from {change_events} e
        join {commits} c on c.sha = e.head_sha and c.repository = e.repository
                        and c.tenant = e.tenant and c.branch = e.head_branch and c.pushed
        where e.head_branch = m.head_branch and e.repository = m.repository and e.kind = 'merged'
          and e.tenant = m.tenant and e.change_id <> m.change_id and e.at < m.at and c.key < h.key
    ) as after
    from merges m
    left join stood s on s.change_id = m.change_id and s.tenant = m.tenant
    cross join lateral (
        select max(c.key) as key from {commits} c
        where c.sha = m.head_sha and c.repository = m.repository
          and c.tenant = m.tenant and c.branch = m.head_branch and c.pushed
    ) h
    where h.key is not null and m.head_branch is distinct from m.branch
),
-- A commit that was pushed again is one commit. What was on the other branch before the merge, is
-- from there: the change's branch was brought up to date.
own as (
    select h.tenant, h.change_id, h.repository, c.sha, c.authored_at, not c.is_merge as counts
    from headed h
    cross join lateral (
        select c.sha, min(c.authored_at) as authored_at, bool_and(c.is_merge) as is_merge
        from {commits} c
        where c.repository = h.repository and c.branch = h.head_branch and c.tenant = h.tenant
          and c.pushed and c.key <= h.key and (h.after is null or c.key > h.after)
          and not exists (
              select from {commits} o
              where o.sha = c.sha and o.repository = c.repository and o.tenant = c.tenant
                and o.branch = h.branch and o.pushed and o.pushed_at < h.landed_at
                and o.event_key is distinct from h.landed
          )
        group by c.sha
        order by max(c.key) desc, c.sha limit coalesce(nullif(h.commits, 0), 250)
    ) c
),
together as (
    select tenant, change_id, repository, sha, authored_at, counts as original from own
    union all
    select b.tenant, b.change_id, b.repository, b.sha, b.authored_at,
           b.counts and not exists (
               select from headed h where h.tenant = b.tenant and h.change_id = b.change_id
           )
    from brought b
    union all
    select tenant, change_id, repository, commit_sha, null, false
    from merges where commit_sha is not null
)
select distinct on (tenant, change_id, sha) tenant, change_id, repository, sha, authored_at, original
from together
order by tenant, change_id, sha, original desc, authored_at
