"""Change lead time of pull requests, in the time of their merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures.deployed import Place, place
from streamgauge_dora.formulas.branches import Branch, Branches, Merge, Step
from streamgauge_dora.formulas.durations import duration

NONE: Final = "no change that is deployed was merged in this range"
_NOTHING: Final = timedelta(0)
_HIDDEN: Final = ("tenant", "branch", "head_branch")

# Those after the range, too: a branch may have been merged into another one then.
_MERGED: Final = """
select h.tenant, h.change_id, h.repository, h.branch, h.head_branch, h.first_commit_at,
       h.created_at, h.first_reviewed_at, h.merged_at, h.title, h.author, h.commit_sha
from {changes} h
where h.kind = 'merge' and h.merged_at >= %(since)s and h.tenant = any(%(tenants)s)
order by h.merged_at, h.change_id
"""


class _Merged(NamedTuple):
    tenant: str
    change: str
    repository: str | None
    branch: str | None
    head_branch: str | None
    first_commit_at: datetime | None
    created_at: datetime | None
    first_reviewed_at: datetime | None
    merged_at: datetime
    title: str | None
    author: str | None
    commit: str | None

    @property
    def base(self) -> Branch:
        return (self.tenant, self.repository, self.branch)

    @property
    def head(self) -> Branch:
        return (self.tenant, self.repository, self.head_branch)


class Merges(Formula):
    """Pull requests from their first commit to the first deployment of their branch since, in the
    bucket of their merge; those that no deployment has are left out. What goes to several services
    counts once among all, and once in the group of each."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """The merged ones of the range, each at its first deployment of every service."""
        merged = list(map(_Merged._make, scope.fetch(SQL(_MERGED).format(**scope.tables))))
        branches = Branches(scope, (Merge(m.head, m.base, m.merged_at) for m in merged))
        for change in merged:
            for step in branches.deployed(change.base, change.merged_at) or (None,):
                if (where := _place(scope, change, step)) is not None:
                    yield from scope.item(
                        *where,
                        _told(change, step) if scope.detailed else None,
                        amounts=() if step is None else (_seconds(change, step),),
                        thing=f"{change.tenant} {change.change}",
                        left_out="not_deployed" if step is None else None,
                    )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, NONE)


def _seconds(change: _Merged, step: Step) -> float:
    """Coding, what is between created and merged, and what is between merged and deployed. What
    nobody reviewed has nothing in the middle."""
    created, coding, review = change.created_at, _NOTHING, _NOTHING
    if created is not None and change.first_commit_at is not None:
        coding = max(created - change.first_commit_at, _NOTHING)
    if created is not None and change.first_reviewed_at is not None:
        review = max(change.first_reviewed_at, change.merged_at) - created
    return (coding + review + (step.finished_at - change.merged_at)).total_seconds()


def _place(scope: Scope, change: _Merged, step: Step | None) -> Place | None:
    """Where it falls; what is not deployed is of no service, so only where none is asked for."""
    if step is None and {"service", "environment", "tier"} & set(scope.query.filters):
        return None
    return place(
        scope,
        change.merged_at,
        tenant=change.tenant,
        service=None if step is None else step.service,
        environment=None if step is None else step.environment,
        repository=change.repository,
        tier=None if step is None else scope.tier_of(step.environment, step.production),
        anywhere=step is None,
    )


def _told(change: _Merged, step: Step | None) -> Mapping[str, Any]:
    return {
        **{name: value for name, value in change._asdict().items() if name not in _HIDDEN},
        "deployment": None if step is None else step.deployment_id,
        "service": None if step is None else step.service,
        "environment": None if step is None else step.environment,
        "deployed_at": None if step is None else step.finished_at,
    }
