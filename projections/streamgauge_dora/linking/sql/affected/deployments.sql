-- The deployments whose commits may be others now.
select deployment_id from {deployments} where position > %(since)s and position <= %(upto)s
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
-- Commits that were abbreviated, or of an unknown repository.
select dc.deployment_id from {deployment_commits} dc
join {commits} c on c.sha >= dc.sha and c.sha < dc.sha || 'g' and c.tenant = dc.tenant
where (length(dc.sha) < 40 or dc.repository = '')
  and c.position > %(since)s and c.position <= %(upto)s
