-- The deployments whose commits may be others now: new ones that are of any, and those of new events.
select d.deployment_id from {deployments} d
where d.position > %(since)s and d.position <= %(upto)s
  and (d.commit_sha is not null or d.artifact_commit is not null
       or exists (select from {artifact_events} a
                  where a.artifact = d.artifact and a.tenant = d.tenant)
       or exists (select from {deployed_commits} c
                  where c.deployment_id = d.deployment_id and c.tenant = d.tenant))
union
select d.deployment_id from {artifact_events} a
join {deployments} d on d.artifact = a.artifact and d.tenant = a.tenant
where a.position > %(since)s and a.position <= %(upto)s
union
select d.deployment_id from {change_events} e
join {artifact_events} a on a.change_id = e.change_id and a.tenant = e.tenant
join {deployments} d on d.artifact = a.artifact and d.tenant = a.tenant
where e.position > %(since)s and e.position <= %(upto)s
union
-- Commits that were abbreviated, to seven characters at the least, or of an unknown repository: what
-- has been found for them may not be the first one any more.
select dc.deployment_id from {commits} c
join {deployment_commits} dc on dc.sha >= left(c.sha, 7) and dc.sha < left(c.sha, 7) || 'g'
                            and dc.tenant = c.tenant
where c.position > %(since)s and c.position <= %(upto)s
