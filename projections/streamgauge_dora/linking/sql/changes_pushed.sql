-- One row for each commit that belongs to no merged change: of those that are side by side in
-- `repositories` and `shas`, or of all.
insert into {changes} as made
select distinct on (c.tenant, c.repository, c.sha)
       c.tenant, c.repository || '@' || c.sha, 'commit', c.repository, c.branch, c.sha,
       c.authored_at, null, null, c.pushed_at, null, 1, c.author, null, null, '{{}}', c.directories
from {commits} c
where c.pushed and not c.is_merge
  {only}
  and not exists (
      select from {change_commits} cc
      where cc.sha = c.sha and cc.repository = c.repository and cc.tenant = c.tenant
  )
order by c.tenant, c.repository, c.sha, c.key, c.event_key
