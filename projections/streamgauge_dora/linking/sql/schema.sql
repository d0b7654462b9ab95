-- A change: what is merged as one, or a commit that came to a branch without that.
create table {changes} (
    tenant text not null,
    change_id text not null,
    kind text not null,             -- merge, or commit
    repository text,
    branch text,                    -- the one it is meant for
    commit_sha text,                -- that reached the branch
    first_commit_at timestamptz,
    created_at timestamptz,
    first_reviewed_at timestamptz,
    merged_at timestamptz,          -- of a commit: when it was first pushed
    abandoned_at timestamptz,
    commits integer not null,
    author text,
    title text,
    head_branch text,
    labels text[] not null,
    directories text[]              -- that its commits touch; null where that is unknown
);

-- The commits of a change that was merged. Of a squashed one, those that were squashed are its
-- original commits; what became of them is not.
create table {change_commits} (
    tenant text not null,
    change_id text not null,
    repository text not null,
    sha text not null,
    authored_at timestamptz,
    original boolean not null
);

-- Where a change stands, on each branch that has it.
create table {change_keys} (
    tenant text not null,
    change_id text not null,
    repository text not null,
    branch text not null,
    key bigint not null
);

-- Which commits a deployment is of, and how that is known.
create table {deployment_commits} (
    tenant text not null,
    deployment_id uuid not null,
    repository text not null,
    sha text not null,
    rule text not null
);

-- How far along a branch a service in an environment has come with each deployment.
create table {steps} (
    tenant text not null,
    line uuid not null,             -- the tenant's service and environment
    service text not null,
    environment text,
    repository text not null,
    branch text not null,
    deployment_id uuid not null,
    finished_at timestamptz not null,
    sha text not null,
    key bigint not null,
    came bigint,                    -- how far it had come before; null for nowhere on this branch
    rewritten bigint                -- where the last force-push since then begins
);

-- The first deployment of a change of a service in an environment, with what the change's times are:
-- to join a million of each takes longer than all else.
create table {change_links} (
    tenant text not null,
    change_id text not null,
    line uuid not null,
    service text not null,
    environment text,
    deployment_id uuid not null,
    deployed_at timestamptz not null,
    rule text not null,             -- corrected, given, commit, branch
    left_out text,                  -- first_deployment, history_rewritten
    production boolean,             -- where the tool itself says so
    place integer not null,         -- 1 for the change's first of all services and environments
    kind text not null,             -- of the change, as all that follows
    repository text,
    first_commit_at timestamptz,
    created_at timestamptz,
    first_reviewed_at timestamptz,
    merged_at timestamptz
);

-- How far back each refresh has changed anything: what is asked again may remember the rest. It is no
-- function of the facts, but of how they came.
create table {moves} (
    number bigint generated always as identity primary key,
    mark uuid not null unique,
    since timestamptz not null
);

-- What is made later is found by these, while all is made anew too.
create index on {change_commits} (change_id);
create index on {change_commits} (sha, repository);
create index on {change_keys} (repository, branch, key);
create index on {deployment_commits} (deployment_id);
create index on {steps} (line, repository, finished_at);
