create index on {changes} (change_id);
create index on {changes} (merged_at);
create index on {changes} (commit_sha) where commit_sha is not null;
create index on {changes} (coalesce(
    merged_at, abandoned_at, created_at, first_reviewed_at, first_commit_at, to_timestamp(0)
));
create index on {change_keys} (change_id);
create index on {deployment_commits} (sha, repository);
create index on {deployment_commits} (sha) where length(sha) < 40 or repository = '';
create index on {steps} (deployment_id);
create index on {steps} (finished_at) where key < came;
create index on {steps} (repository, branch, key);
create index on {change_links} (change_id);
create index on {change_links} (deployment_id);
create index on {change_links} (line, deployed_at);
create index on {change_links} (deployed_at);
create index on {change_links} (hashtextextended(service, 0), deployed_at);
