"""Change lead time of changes: from the first commit to the first deployment that has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple

from psycopg.sql import SQL

from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.asking.statistics import mean, median, rounded
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas import known_commits
from streamgauge_dora.formulas.durations import duration
from streamgauge_dora.formulas.merges import Merges
from streamgauge_dora.formulas.shipped import (
    Artifacts,
    Commits,
    Images,
    PushedCommits,
    recently,
)

NONE: Final = "no change whose first commit is known was deployed in this range"
STAGES: Final = ("coding", "pickup", "review", "deploy")

# Each change that was deployed in the range, with all its deployments before: it counts at the
# first, which may be before the range.
_CHANGES: Final = """
with recent as (
    select distinct w.tenant, w.change_id from {change_links} w where {recent}
)
select {span}, {day}, h.tenant || ' ' || h.change_id, h.kind, {left_out}, l.line::text,
       h.first_commit_at, h.created_at, h.first_reviewed_at, h.merged_at, l.deployed_at
       {keys}{detail}
from recent r
join {change_links} l on l.change_id = r.change_id and l.tenant = r.tenant
join {changes} h on h.change_id = l.change_id and h.tenant = l.tenant
join {deployments} d on d.deployment_id = l.deployment_id and d.tenant = l.tenant
where {where} and l.deployed_at < %(end)s
order by {first_by}, l.deployment_id, h.change_id
"""
COLUMNS: Final = Columns(
    at="l.deployed_at",
    tenant="l.tenant",
    service="l.service",
    environment="l.environment",
    repository="h.repository",
    production="d.production",
)
_DETAIL: Final = SQL(
    ", h.change_id, h.title, h.author, h.repository, h.commit_sha, h.commits, h.first_commit_at,"
    " h.created_at, h.first_reviewed_at, h.merged_at, l.rule, l.deployment_id, l.service,"
    " l.environment, l.deployed_at"
)
_DETAILS: Final = (
    "change", "title", "author", "repository", "commit", "commits", "first_commit_at",
    "created_at", "first_reviewed_at", "merged_at", "rule", "deployment", "service",
    "environment", "deployed_at",
)  # fmt: skip


class Times(NamedTuple):
    """The moments of a change's life; None where nobody told."""

    first_commit: datetime | None
    created: datetime | None
    reviewed: datetime | None
    merged: datetime | None
    deployed: datetime


class Changes(Formula):
    """Changes, each at its first deployment of those that count."""

    first_by: ClassVar[str] = "l.deployed_at"
    """What the first one is the first by."""
    left_out: ClassVar[str] = "l.left_out"
    """Why one does not count."""
    only_merged: ClassVar[bool] = False

    def load(self, scope: Scope) -> Iterator[Item]:
        """The changes, then the deployments whose commit is or is not known."""
        section = scope.section
        each = section.flag("each_environment")
        statement = SQL(_CHANGES).format(
            span=scope.span(COLUMNS),
            day=scope.day(COLUMNS),
            keys=scope.keys(COLUMNS),
            detail=_DETAIL if scope.detailed else SQL(""),
            where=scope.where(COLUMNS, in_time=False),
            recent=recently(scope),
            first_by=SQL(self.first_by),
            left_out=SQL(self.left_out),
            **scope.tables,
        )
        for span, day, change, kind, left_out, line, *rest in scope.fetch(statement):
            if kind != "merge" and (self.only_merged or section.flag("only_merged")):
                continue
            if section.flag("baseline") and left_out == "first_deployment":
                left_out = None
            times = Times(*rest[:5])
            amount = self.amount(times, section)
            yield from scope.item(
                span,
                day,
                *scope.split(rest[5:], _DETAILS),
                amount=amount,
                mark=line if each else "",
                thing=None if each or self.goes_on(left_out) else change,
                left_out=left_out or _why_not(amount, section),
                parts=self.stages(times, kind, section),
            )
        yield from known_commits.load(scope)

    def amount(self, times: Times, section: Section) -> float | None:
        """The seconds that a change took; None where that is unknown."""
        return _amount(times, section)

    def stages(self, times: Times, kind: str, section: Section) -> tuple[float | None, ...]:
        """The seconds of each of its stages."""
        return stages(times, kind)

    def goes_on(self, left_out: str | None) -> bool:
        """Whether a later deployment may count, where the first one does not for this reason:
        that one service had it when it was first heard of says nothing of another."""
        return left_out is not None

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """With the median of each stage, of those changes that have it."""
        changes = [item for item in items if item.mark not in known_commits.MARKS]
        return duration(changes, section, NONE, stages=_of_stages(changes))

    def coverage(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """How many deployments are of a known commit."""
        return known_commits.coverage(items)


def stages(times: Times, kind: str) -> tuple[float | None, ...]:
    """The seconds of coding, pickup, review and deploy. A commit without a change was not reviewed:
    its coding ends with its push."""
    created = times.merged if kind == "commit" else times.created
    return (
        _between(times.first_commit, created),
        _between(times.created, times.reviewed),
        _between(times.reviewed, times.merged),
        _between(times.merged, times.deployed),
    )


def _of_stages(items: Sequence[Item]) -> dict[str, Any]:
    found = {}
    for place, name in enumerate(STAGES):
        amounts = [s for item in items if (s := item.parts[place]) is not None]
        known = {"median": median(amounts), "mean": mean(amounts)} if amounts else {}
        found[name] = {"median": None, "mean": None, **known, "n": len(amounts)}
    return found


def _between(first: datetime | None, last: datetime | None) -> float | None:
    """Seconds; None where one is unknown, or they are the wrong way round."""
    if first is None or last is None or last < first:
        return None
    return (last - first).total_seconds()


def _amount(times: Times, section: Section) -> float | None:
    since = section.text("since", "first_commit")
    if since == "merged":
        return None if times.merged is None else max(0.0, _seconds(times.merged, times.deployed))
    first = times.created if since == "created" else times.first_commit or times.created
    if first is None:
        return None
    return rounded(_seconds(first, times.deployed), section.text("rounding", "none"))


def _seconds(first: datetime, last: datetime) -> float:
    return (last - first).total_seconds()


def _why_not(amount: float | None, section: Section) -> str | None:
    if amount is None:
        return "no_commit_time"
    if amount < 0:
        return "ends_before_it_begins"
    return "not_positive" if amount == 0 and section.flag("only_positive") else None


FORMULAS: Final[Mapping[str, Formula]] = {
    "changes": Changes(),
    "commits": Commits(),
    "pushed_commits": PushedCommits(),
    "artifacts": Artifacts(),
    "images": Images(),
    "merges": Merges(),
    "none": Undefined(),
}
