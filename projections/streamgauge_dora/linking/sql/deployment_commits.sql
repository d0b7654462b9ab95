-- The commits that deployments are of, by the strongest rule that finds any. `ids`: of these
-- deployments; null: of all.
insert into {deployment_commits} as made
with wanted as (
    select tenant, deployment_id, artifact, artifact_commit, repository, commit_sha
    from {deployments} where %(ids)s::uuid[] is null or deployment_id = any(%(ids)s)
),
found as (
    select w.tenant, w.deployment_id, w.repository, w.commit_sha as sha, 'given' as rule, 1 as rank
    from wanted w where w.commit_sha is not null
    union all
    select c.tenant, c.deployment_id, c.repository, c.commit_sha, 'given', 1
    from {deployed_commits} c
    where %(ids)s::uuid[] is null or c.deployment_id = any(%(ids)s)
    union all
    select w.tenant, w.deployment_id, coalesce(a.repository, w.repository), a.commit_sha,
           'artifact', 2
    from wanted w
    join {artifact_events} a on a.artifact = w.artifact and a.tenant = w.tenant
    where a.commit_sha is not null
    union all
    select w.tenant, w.deployment_id, e.repository, e.commit_sha, 'artifact', 2
    from wanted w
    join {artifact_events} a on a.artifact = w.artifact and a.tenant = w.tenant
    join {change_events} e on e.change_id = a.change_id and e.tenant = a.tenant
    where e.kind = 'merged' and e.commit_sha is not null
    union all
    select w.tenant, w.deployment_id, w.repository, w.artifact_commit, 'tag', 3
    from wanted w where w.artifact_commit is not null
),
strongest as (
    select *, rank() over (partition by tenant, deployment_id order by rank) as place from found
),
-- A tool may abbreviate a commit, or not say of which repository it is.
whole as (
    select s.tenant, s.deployment_id, coalesce(s.repository, c.repository, '') as repository,
           coalesce(c.sha, s.sha) as sha, s.rule
    from strongest s
    left join lateral (
        select c.sha, c.repository from {commits} c
        where c.sha >= s.sha and c.sha < s.sha || 'g' and c.tenant = s.tenant
          and (s.repository is null or c.repository = s.repository)
        order by c.sha, c.repository limit 1
    ) c on length(s.sha) < 40 or s.repository is null
    where s.place = 1
)
select distinct tenant, deployment_id, repository, sha, rule from whole
