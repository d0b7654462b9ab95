-- The changes whose commits something was built of anew.
select h.change_id from {artifact_events} a
join {changes} h on h.commit_sha = a.commit_sha and h.tenant = a.tenant
where a.position > %(since)s and a.position <= %(upto)s
