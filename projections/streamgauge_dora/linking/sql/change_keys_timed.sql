insert into {change_keys}
select tenant, change_id, repository, branch,
       floor(extract(epoch from merged_at) * 1000)::bigint * 4096
from {changes}
where merged_at is not null and commit_sha is null and repository is not null and branch is not null
  and (%(ids)s::text[] is null or change_id = any(%(ids)s))
