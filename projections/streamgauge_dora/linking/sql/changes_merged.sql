-- One row for each change that events tell of. `ids`: of these; null: of all. What is said of it
-- at its merge is stronger than what was said before.
insert into {changes} as made
with told as materialized (
    select tenant, change_id,
           min(at) filter (where kind = 'created') as created_at,
           min(at) filter (where kind = 'merged') as merged_at,
           max(at) filter (where kind = 'abandoned') as abandoned_at,
           min(first_commit_at) as first_commit_at,
           max(commits) as commits,
           (array_agg(repository order by {rank}, at, event_key)
               filter (where repository is not null))[1] as repository,
           (array_agg(branch order by {rank}, at, event_key)
               filter (where branch is not null))[1] as branch,
           (array_agg(commit_sha order by at, event_key)
               filter (where commit_sha is not null))[1] as commit_sha,
           (array_agg(head_branch order by {rank}, at, event_key)
               filter (where head_branch is not null))[1] as head_branch,
           (array_agg(author order by {rank}, at, event_key)
               filter (where author is not null))[1] as author,
           (array_agg(title order by {rank}, at, event_key)
               filter (where title is not null))[1] as title,
           (array_agg(array_to_json(labels)::text order by {rank}, at, event_key)
               filter (where labels <> '{{}}'))[1] as labels
    from {change_events}
    where %(ids)s::text[] is null or change_id = any(%(ids)s)
    group by tenant, change_id
)
select t.tenant, t.change_id, 'merge', t.repository, t.branch, t.commit_sha,
       least(t.first_commit_at, c.first_commit_at), t.created_at,
       (select min(e.at) from {change_events} e
        where e.change_id = t.change_id and e.tenant = t.tenant and e.kind = 'reviewed'
          and (e.reviewer is null or e.reviewer is distinct from t.author)),
       t.merged_at,
       case when t.merged_at is null then t.abandoned_at end,
       coalesce(nullif(c.commits, 0), t.commits, 1)::integer, t.author, t.title, t.head_branch,
       coalesce(array(select json_array_elements_text(t.labels::json)), '{{}}'),
       c.directories
from told t
cross join lateral (
    select min(cc.authored_at) as first_commit_at, count(*) filter (where cc.original) as commits, (
        select array_agg(distinct directory order by directory)
        from {change_commits} mine
        join {commits} c on c.sha = mine.sha and c.repository = mine.repository
                        and c.tenant = mine.tenant
        cross join unnest(c.directories) as directory
        where mine.change_id = t.change_id and mine.tenant = t.tenant
    ) as directories
    from {change_commits} cc where cc.change_id = t.change_id and cc.tenant = t.tenant
) c
