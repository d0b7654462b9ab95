-- The services in environments of those of the deployments `ids` that stand on a branch, or stood,
-- and since when each is to be gone through.
select tenant, service, environment, min(finished_at), {line} from {deployments} d
where deployment_id = any(%(ids)s) and outcome = 'success'
  and (exists (select from {deployment_commits} dc
               join {commits} c on c.sha = dc.sha and c.repository = dc.repository
                               and c.tenant = dc.tenant
               where dc.deployment_id = d.deployment_id and dc.tenant = d.tenant)
       or exists (select from {steps} s
                  where s.deployment_id = d.deployment_id and s.tenant = d.tenant))
group by tenant, service, environment
