"""Which deployment has a change, by branches and the clock: no commit is looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from streamgauge_dora.asking.scope import Columns, Scope

_COLUMNS: Final = Columns(
    at="s.finished_at", tenant="s.tenant", service="s.service", environment="s.environment",
    repository="s.repository", production="d.production",
)  # fmt: skip
_STEPS: Final = """
select s.tenant, s.repository, s.branch, s.finished_at, s.deployment_id, s.service, s.environment,
       d.production
from {steps} s
join {deployments} d on d.deployment_id = s.deployment_id and d.tenant = s.tenant
where s.finished_at >= %(since)s and {where}
order by s.finished_at, s.deployment_id
"""

Branch = tuple[str, str | None, str | None]
"""A tenant, a repository, and the name."""


class Step(NamedTuple):
    """A deployment of a commit that is on a branch."""

    tenant: str
    repository: str
    branch: str
    finished_at: datetime
    deployment_id: UUID
    service: str
    environment: str | None
    production: bool | None


class Merge(NamedTuple):
    """A branch came to another one."""

    head: Branch
    base: Branch
    at: datetime


class Branches:
    """What was deployed of each branch, and what each was merged into."""

    def __init__(self, scope: Scope, merges: Iterable[Merge]) -> None:
        """Both since the scope begins; `merges` in the order of time."""
        where = scope.where(_COLUMNS, in_time=False)
        self._steps: dict[Branch, list[Step]] = defaultdict(list)
        for step in map(Step._make, scope.fetch(SQL(_STEPS).format(where=where, **scope.tables))):
            self._steps[(step.tenant, step.repository, step.branch)].append(step)
        self._merges: dict[Branch, dict[Branch, list[datetime]]] = defaultdict(dict)
        for merge in merges:
            self._merges[merge.head].setdefault(merge.base, []).append(merge.at)

    def deployed(self, branch: Branch, at: datetime) -> Step | None:
        """The first deployment that has what was on the branch then: one of the branch since; or,
        where it was merged into another one later, of that one since then, and so on."""
        found: list[Step] = []
        waiting, seen = [(at, 0, branch)], set[Branch]()
        while waiting:
            arrived, _, here = heappop(waiting)
            if here in seen:
                continue
            seen.add(here)
            steps = self._steps.get(here, [])
            found += steps[bisect_left(steps, arrived, key=lambda s: s.finished_at) :][:1]
            for base, moments in self._merges.get(here, {}).items():
                place = bisect_left(moments, arrived)
                if place < len(moments):
                    heappush(waiting, (moments[place], len(waiting), base))
        return min(found, key=lambda s: (s.finished_at, s.deployment_id), default=None)
