-- The deployments that may stand elsewhere on a branch: of new commits, and those after a new
-- force-push.
select dc.deployment_id from {commits} c
join {deployment_commits} dc on dc.sha = c.sha and dc.repository = c.repository
                            and dc.tenant = c.tenant
where c.position > %(since)s and c.position <= %(upto)s
union
select s.deployment_id from {commits} c
join {steps} s on s.repository = c.repository and s.branch = c.branch and s.tenant = c.tenant
              and s.key >= c.key
where c.forced and c.position > %(since)s and c.position <= %(upto)s
