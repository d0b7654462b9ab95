-- Where each merged change stands: on every branch that has its commit; without one, at the moment
-- of its merge on the branch it is meant for. `ids`: of these changes; null: of all.
insert into {change_keys}
select distinct on (h.tenant, h.change_id, c.branch)
       h.tenant, h.change_id, h.repository, c.branch, c.key
from {changes} h
join {commits} c on c.sha = h.commit_sha and c.repository = h.repository and c.tenant = h.tenant
where h.merged_at is not null and (%(ids)s::text[] is null or h.change_id = any(%(ids)s))
order by h.tenant, h.change_id, c.branch, c.pushed desc, c.key, c.event_key
