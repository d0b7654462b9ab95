"""Change lead time of changes: from the first commit to the first deployment that has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from psycopg.sql import SQL

from streamgauge.metrics.ordered import together
from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value
from streamgauge_dora.asking.items import Item, only
from streamgauge_dora.asking.remembering import rows_by_day
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import mean, median
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas import known_commits
from streamgauge_dora.formulas.durations import duration
from streamgauge_dora.formulas.lead_time_sql import (
    BY_DAY,
    COLUMNS,
    EACH,
    amount,
    before,
    between,
    kept,
)
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


class Changes(Formula):
    """Changes, each at its first deployment of those that count."""

    first_by: ClassVar[str] = "l.deployed_at"
    """What the first one is the first by. `l` is a link; of what is found one by one, `h` is the
    change and `d` the deployment."""
    one_by_one: ClassVar[bool] = False
    """Whether they are always found so."""
    only_merged: ClassVar[bool] = False

    def load(self, scope: Scope) -> Iterator[Item]:
        """The changes, then the deployments whose commit is or is not known."""
        # Whose team's they are is worked out of each; else Postgres puts those of a day together.
        by_team = "team" in scope.query.group_by or "team" in scope.query.filters
        yield from (
            self._each(scope)
            if scope.detailed or by_team or self.one_by_one
            else self._by_day(scope)
        )
        yield from known_commits.load(scope)

    def amount(self, section: Section) -> str:
        """The seconds that a change took, in SQL; null where that is unknown."""
        return amount(section.text("since", "first_commit"))

    def stages(self, section: Section) -> Sequence[str]:
        """The seconds of each of its stages. A commit without a change was not reviewed: its coding
        ends with its push."""
        coded = "case when l.kind = 'commit' then l.merged_at else l.created_at end"
        return (
            between("l.first_commit_at", coded),
            between("l.created_at", "l.first_reviewed_at"),
            between("l.first_reviewed_at", "l.merged_at"),
            between("l.merged_at", "l.deployed_at"),
        )

    def left_out(self, section: Section, link: str = "l") -> str:
        """Why a change does not count at this link, whatever its amount is."""
        if section.flag("baseline"):
            return f"nullif({link}.left_out, 'first_deployment')"
        return f"{link}.left_out"

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

    def _each(self, scope: Scope) -> Iterator[Item]:
        """One by one, with all deployments before, so that each is counted at the first."""
        each = scope.section.flag("each_environment")
        statement = SQL(EACH).format(
            **self._parts(scope),
            detail=_DETAIL if scope.detailed else SQL(""),
            where=scope.where(COLUMNS, in_time=False),
            recent=recently(scope),
            first_by=SQL(self.first_by),
            **scope.tables,
        )
        for span, day, change, mark, left_out, why, seconds, *rest in scope.fetch(statement):
            yield from scope.item(
                span,
                day,
                *scope.split(rest[4:], _DETAILS),
                amounts=only(seconds),
                mark=mark,
                thing=None if each or self.goes_on(left_out) else change,
                left_out=left_out or why,
                parts=tuple(map(only, rest[:4])),
            )

    def _by_day(self, scope: Scope) -> Iterator[Item]:
        """All of one day that are alike together."""
        reason = self.left_out(scope.section, "e")
        statement = SQL(BY_DAY).format(
            **self._parts(scope),
            again=before(scope, reason, in_group=False),
            within=before(scope, reason, in_group=True) if scope.query.group_by else SQL("null"),
            places=SQL(", ".join(str(n) for n in range(1, 6 + len(scope.dimensions)))),
            where=scope.where(COLUMNS),
            **scope.tables,
        )
        width = len(scope.dimensions)
        for span, day, mark, left_out, within_group, *rest in rows_by_day(scope, statement):
            n, amounts, *stages = rest[width:]
            found = {
                "n": n,
                "mark": mark,
                "amounts": amounts or (),
                "parts": [stage or () for stage in stages],
            }
            if scope.query.group_by and left_out != within_group:
                yield from scope.item(
                    span, day, rest[:width], None, left_out=within_group, within="groups", **found
                )
                found["within"] = "all"
            yield from scope.item(span, day, rest[:width], None, left_out=left_out, **found)

    def _parts(self, scope: Scope) -> dict[str, Any]:
        """What both statements are made of."""
        section, stages = scope.section, self.stages(scope.section)
        only_merged = self.only_merged or section.flag("only_merged")
        return {
            "span": scope.span(COLUMNS),
            "day": scope.day(COLUMNS),
            "keys": scope.keys(COLUMNS),
            "mark": SQL("l.line::text" if section.flag("each_environment") else "''"),
            "reason": SQL(self.left_out(section)),
            **kept(self.amount(section), section),
            **{name: SQL(stage) for name, stage in zip(STAGES, stages, strict=True)},
            "kinds": SQL("l.kind = 'merge'" if only_merged else "true"),
        }


def _of_stages(items: Sequence[Item]) -> dict[str, Any]:
    found = {}
    for place, name in enumerate(STAGES):
        amounts = together(item.parts[place] for item in items)
        known = {"median": median(amounts), "mean": mean(amounts)} if amounts else {}
        found[name] = {"median": None, "mean": None, **known, "n": len(amounts)}
    return found


FORMULAS: Final[Mapping[str, Formula]] = {
    "changes": Changes(),
    "commits": Commits(),
    "pushed_commits": PushedCommits(),
    "artifacts": Artifacts(),
    "images": Images(),
    "merges": Merges(),
    "none": Undefined(),
}
