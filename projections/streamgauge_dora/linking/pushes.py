"""Which commits a deployment ships where nothing is known of ancestry: those of one push.

The last one of a push is where the branch stood after it: GitHub's `head_commit`.
"""

from __future__ import annotations

from typing import Final

COMMITS_OF_PUSH: Final = """
    select distinct on (c.sha) c.sha, c.repository, c.authored_at
    from {deployment_commits} m
    join {commits} head on head.sha = m.sha and head.tenant = m.tenant
    join {commits} c on c.event_key = head.event_key and c.tenant = head.tenant and c.pushed
    where m.deployment_id = d.deployment_id and m.tenant = d.tenant and m.rule = 'given'
      and not exists (
          select from {commits} later
          where later.event_key = head.event_key and later.tenant = head.tenant
            and later.place > head.place
      )
    order by c.sha, c.authored_at
"""
"""The commits of the push whose last one is the commit, or one of the commits, of the deployment
`d`; none where no such push is known."""

DEPLOYMENTS_OF_CAUSE: Final = """
    select m.deployment_id
    from {commits} c
    join {commits} head on head.event_key = c.event_key and head.tenant = c.tenant
    join {deployment_commits} m on m.sha = head.sha and m.tenant = head.tenant
                               and m.rule = 'given'
    where c.sha = e.root_cause and c.tenant = e.tenant and c.pushed
      and not exists (
          select from {commits} later
          where later.event_key = head.event_key and later.tenant = head.tenant
            and later.place > head.place
      )
"""
"""The other way round: the deployments of the pushes that have the root cause of the event `e`."""
