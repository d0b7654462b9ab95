-- The changes that deployments of a scope are linked to, or reach.
select l.change_id from {change_links} l
join unnest(%(lines)s::uuid[], %(cuts)s::timestamptz[]) as scope (line, cut) on l.line = scope.line
where l.deployed_at >= scope.cut
union
select k.change_id from {steps} s
join unnest(%(lines)s::uuid[], %(cuts)s::timestamptz[]) as scope (line, cut) on s.line = scope.line
join {change_keys} k on k.repository = s.repository and k.branch = s.branch and k.tenant = s.tenant
                    and k.key <= s.key and (s.came is null or k.key > s.came)
where s.finished_at >= scope.cut
