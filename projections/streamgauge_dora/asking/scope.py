"""What is in scope of a question, as parts of SQL statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed, Placeholder

from streamgauge.metrics import MetricQuery
from streamgauge.metrics.frame import Key
from streamgauge.metrics.items import any_of
from streamgauge.projections import Tables
from streamgauge_dora.asking.items import BEFORE, CURRENT, PREVIOUS, Item
from streamgauge_dora.asking.memory import Memory
from streamgauge_dora.defining.definition import TIERS, Definition, pattern
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.facts.reading import repository
from streamgauge_dora.linking.moves import Moved

assert (BEFORE, PREVIOUS, CURRENT) == (0, 1, 2), "as `span` has them"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the dimensions and the time of an item are called in a statement."""

    at: str
    tenant: str
    service: str
    environment: str
    repository: str
    production: str = "null::boolean"
    position: str | None = None
    """Where the rows are facts, which may be newer than the links."""


@dataclass(frozen=True)
class Scope:
    """A question to one metric, by one definition."""

    cursor: Cursor[TupleRow]
    tables: Tables
    query: MetricQuery
    definition: Definition
    section: Section
    detailed: bool = False
    """Whether each item is asked for by itself, with what there is to say of it."""
    memory: Memory | None = None
    """What the process remembers of earlier questions."""
    alone: bool = False
    """Whether it is without the range before."""

    @cached_property
    def since(self) -> datetime:
        """Where the range before the asked one begins; what is older is not looked for."""
        return self.query.start if self.detailed or self.alone else self.query.previous.start

    @cached_property
    def dimensions(self) -> Sequence[str]:
        """What items are told apart by: teams are worked out of services and repositories."""
        asked = [name for name in self.query.group_by if name != "team"]
        by_team = "team" in self.query.group_by or "team" in self.query.filters
        return [*asked, *(("service", "repository") if by_team else ())]

    def span(self, columns: Columns) -> Composed:
        """The expression of an item's span."""
        at = SQL(columns.at)
        return SQL(
            "case when {} >= %(start)s then 2 when {} >= %(since)s then 1 else 0 end"
        ).format(at, at)

    def day(self, columns: Columns) -> Composed:
        """The expression of an item's day."""
        return SQL("({} at time zone %(tz)s)::date").format(SQL(columns.at))

    def keys(self, columns: Columns) -> Composed:
        """The expressions of the dimensions, each after a comma."""
        found = [self.dimension(name, columns) for name in self.dimensions]
        return SQL("").join(SQL(", ") + each for each in found)

    def where(
        self,
        columns: Columns,
        *,
        anywhere: bool = False,
        in_time: bool = True,
        by_tier: bool = True,
        filtered: Sequence[str] = ("service", "environment", "repository"),
    ) -> Composed:
        """What a row must fulfil: tenant, time, filters, and what the definition counts.

        `anywhere`: whatever the tier, where the question names none; not `by_tier`: whatever the
        tier. `filtered`: by which of the filters, where it is found for something else.
        """
        parts: list[Composable] = [SQL("{} = any(%(tenants)s)").format(SQL(columns.tenant))]
        if in_time:
            at = SQL(columns.at)
            parts += [SQL("{} >= %(since)s and {} < %(end)s").format(at, at)]
        if columns.position is not None and self.query.as_of is not None:
            parts.append(SQL("{} <= %(as_of)s").format(SQL(columns.position)))
        for name in filtered:
            if name in self.query.filters:
                parts.append(self._filtered(name, columns))
        tiers = self.tiers if not (anywhere and "tier" not in self.query.filters) else ()
        if tiers and by_tier:
            parts.append(SQL("{} = any(%(tiers)s)").format(self.dimension("tier", columns)))
        return SQL(" and ").join(parts)

    @property
    def tiers(self) -> Sequence[str]:
        """The tiers that count; none means all."""
        filters = self.query.filters
        if "tier" in filters:
            return list(filters["tier"])
        return () if "environment" in filters else list(self.definition.tiers)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the parts refer to."""
        query = self.query
        found: dict[str, Any] = {
            "tenants": list(query.tenants),
            "since": self.since,
            "start": query.start,
            "end": query.end,
            "tz": query.tz.key,
            "as_of": query.as_of,
            "tiers": list(self.tiers),
            **{f"filter_{name}": list(values) for name, values in query.filters.items()},
        }
        if "repository" in query.filters:
            names = [repository(v) for v in query.filters["repository"]]
            found["filter_repository"] = names
            found["pattern_repository"] = any_of([name or "" for name in names])
        for tier, globs in self.definition.environments.items():
            plain = [glob for glob in globs if not set(glob) & set("*[")]
            rest = [pattern(glob) for glob in globs if glob not in plain]
            found[f"names_{tier}"] = plain
            found[f"pattern_{tier}"] = f"^({'|'.join(rest)})$" if rest else "^$"
        return found

    def tier_of(self, environment: str | None, production: bool | None = None) -> str:
        """The tier of an environment, as `dimension` has it in SQL."""
        if production:
            return "production"
        found = (environment or "").lower() if environment is not None else None
        for tier in TIERS:
            names, expression = self.values[f"names_{tier}"], self.values[f"pattern_{tier}"]
            if found is not None and (found in names or re.search(expression, found, re.DOTALL)):
                return tier
        return "other"

    def accepts(self, dimensions: Mapping[str, str | None], *, anywhere: bool = False) -> bool:
        """Whether an item of these dimensions is asked for, `anywhere`: whatever its tier; teams
        are looked at by `key`."""
        if self.tiers and not anywhere and dimensions.get("tier") not in self.tiers:
            return False
        return all(
            self._is_asked(name, dimensions.get(name))
            for name in ("service", "environment", "repository")
            if name in self.query.filters
        )

    def _is_asked(self, name: str, value: str | None) -> bool:
        if name == "repository" and self._some_repositories:
            return value is not None and bool(re.search(self.values["pattern_repository"], value))
        return value in self.values[f"filter_{name}"]

    @property
    def _some_repositories(self) -> bool:
        return any("*" in name for name in self.query.filters.get("repository", ()))

    def fetch(self, statement: SQL | Composed, **more: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement made of these parts, planned for these values."""
        self.cursor.execute(statement, {**self.values, **more}, prepare=False)
        return self.cursor.fetchall()

    @cached_property
    def moves(self) -> dict[UUID | None, Moved]:
        """What has changed since the marks that were looked for."""
        return {}

    def key(self, day: Any, dimensions: Sequence[str | None]) -> Key | None:
        """The key of an item with these values of `dimensions`; None if it is no asked team's."""
        query = self.query
        if "team" not in query.filters and "team" not in query.group_by:
            return tuple(dimensions)
        by_name: Mapping[str, str | None] = dict(zip(self.dimensions, dimensions, strict=True))
        team = query.teams.of(by_name["service"], by_name["repository"], day)
        if "team" in query.filters and team not in query.filters["team"]:
            return None
        return tuple(team if name == "team" else by_name[name] for name in query.group_by)

    def split(
        self, columns: Sequence[Any], names: Sequence[str]
    ) -> tuple[Sequence[str | None], Mapping[str, Any] | None]:
        """The last columns of a row: the dimensions, then the details by their names, if any."""
        width = len(self.dimensions)
        details = columns[width:]
        return columns[:width], dict(zip(names, details, strict=True)) if details else None

    def item(
        self,
        span: int,
        day: Any,
        dimensions: Sequence[str | None],
        detail: Mapping[str, Any] | None,
        **more: Any,
    ) -> list[Item]:
        """The item; none if it is not of an asked team."""
        key = self.key(day, dimensions)
        return [] if key is None else [Item(span, day, key, detail=detail, **more)]

    def dimension(self, name: str, columns: Columns) -> Composable:
        """The expression of a dimension."""
        if name != "tier":
            return SQL(getattr(columns, name))
        environment = SQL("lower({})").format(SQL(columns.environment))
        cases = SQL(" ").join(
            SQL("when {env} = any({names}) or {env} ~ {pattern} then {tier}").format(
                env=environment,
                names=Placeholder(f"names_{tier}"),
                pattern=Placeholder(f"pattern_{tier}"),
                tier=tier,
            )
            for tier in TIERS
        )
        return SQL("case when {} then 'production' {} else 'other' end").format(
            SQL(columns.production), cases
        )

    def _filtered(self, name: str, columns: Columns) -> Composed:
        column: str = getattr(columns, name)
        if name == "service":  # in the form that the indexes have
            return SQL(
                "{column} = any(%(filter_service)s) and hashtextextended({column}, 0) = any(array("
                "select hashtextextended(name, 0) from unnest(%(filter_service)s) as name))"
            ).format(column=SQL(column))
        if name == "repository" and self._some_repositories:
            return SQL("{} ~ %(pattern_repository)s").format(SQL(column))
        return SQL("{} = any({})").format(SQL(column), Placeholder(f"filter_{name}"))
