"""Which deployment has a change, by branches and the clock: no commit is looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush
from operator import attrgetter
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
Line = tuple[str, str | None]
"""A service and an environment."""


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
        self._steps: dict[Branch, dict[Line, list[Step]]] = defaultdict(dict)
        for step in map(Step._make, scope.fetch(SQL(_STEPS).format(where=where, **scope.tables))):
            of_branch = self._steps[(step.tenant, step.repository, step.branch)]
            of_branch.setdefault((step.service, step.environment), []).append(step)
        self._merges: dict[Branch, dict[Branch, list[datetime]]] = defaultdict(dict)
        for merge in merges:
            self._merges[merge.head].setdefault(merge.base, []).append(merge.at)

    def deployed(self, branch: Branch, at: datetime) -> Sequence[Step]:
        """The first deployment of each service in each environment that has what was on the branch
        then, in the order of time: one of the branch since; or, where it was merged into another
        one later, of that one since then, and so on."""
        found: dict[Line, Step] = {}
        for here, arrived in self._reached(branch, at):
            for line, steps in self._steps.get(here, {}).items():
                place = bisect_left(steps, arrived, key=attrgetter("finished_at"))
                if place < len(steps):
                    known = found.get(line, steps[place])
                    found[line] = min(known, steps[place], key=_order)
        return sorted(found.values(), key=_order)

    def _reached(self, branch: Branch, at: datetime) -> Iterator[tuple[Branch, datetime]]:
        """The branches that what was on this one then came to, and when."""
        waiting, seen = [(at, 0, branch)], set[Branch]()
        while waiting:
            arrived, _, here = heappop(waiting)
            if here in seen:
                continue
            seen.add(here)
            yield here, arrived
            for base, moments in self._merges.get(here, {}).items():
                place = bisect_left(moments, arrived)
                if place < len(moments):
                    heappush(waiting, (moments[place], len(waiting), base))


def _order(step: Step) -> tuple[datetime, UUID]:
    return (step.finished_at, step.deployment_id)
