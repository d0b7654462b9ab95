-- New commits, and those that the changes `ids` have or had.
select repository, sha from {commits} where position > %(since)s and position <= %(upto)s
union
select repository, sha from {change_commits} where change_id = any(%(ids)s)
