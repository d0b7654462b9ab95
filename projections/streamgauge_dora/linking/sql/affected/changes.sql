-- The changes whose commits or dates may be others now: those with new events; those whose own commit,
-- branch, or push of the merge has new commits; and those that share a branch or a push with one that
-- has new events, since what is one's is not the other's.
with told as (
    select tenant, change_id, repository, commit_sha, head_branch from {change_events}
    where position > %(since)s and position <= %(upto)s
),
came as (
    select tenant, repository, branch, sha, event_key from {commits}
    where position > %(since)s and position <= %(upto)s
),
beside as (
    select e.change_id from told t
    join {change_events} e on e.head_branch = t.head_branch and e.repository = t.repository
                          and e.tenant = t.tenant and e.kind = 'merged'
),
pushes as (
    select c.event_key from told t
    join {commits} c on c.sha = t.commit_sha and c.repository = t.repository and c.tenant = t.tenant
    union
    select event_key from came
),
merged as (
    select e.change_id from pushes p
    join {commits} c on c.event_key = p.event_key
    join {change_events} e on e.commit_sha = c.sha and e.repository = c.repository
                          and e.tenant = c.tenant and e.kind = 'merged'
),
-- On the change's own branch, or somewhere else what it has already.
moved as (
    select e.change_id from came c
    join {change_events} e on e.head_branch = c.branch and e.repository = c.repository
                          and e.tenant = c.tenant and e.kind = 'merged'
    union
    select m.change_id from came c
    join {change_commits} m on m.sha = c.sha and m.repository = c.repository
                           and m.tenant = c.tenant
)
select change_id from told
union select change_id from beside
union select change_id from merged
union select change_id from moved
