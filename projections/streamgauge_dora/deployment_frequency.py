"""How often a team deploys: DORA's deployment frequency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import Changed, Metric, MetricAnswer, MetricQuery
from streamgauge.metrics.buckets import Bucket, Places, buckets, floor, holding
from streamgauge.projections import Tables
from streamgauge.stages.builds import Definition
from streamgauge_dora.definition import Definitions, FrequencyBand, FrequencyDefinition

MOST_CELLS = 200_000

Days = Mapping[date, int]
"""Local day -> how many deployments; days without one are not there."""

_SCHEMA = """
create table {counted_deployments} (
    tenant text not null,
    service text not null,
    environment text,
    finished_at timestamptz not null
);
"""

# Without the tenant, which is the same in most installations, they are half as large and made in
# half the time. A name may be of any length, an index entry may not.
_INDEXES = """
create index on {counted_deployments} (hashtextextended(service, 0), finished_at);
create index on {counted_deployments} (finished_at);
"""

# Facts are only ever added, and each is in one range of positions: no row needs a key.
_COUNT = """
insert into {counted_deployments}
select tenant, service, environment, finished_at from {deployments}
where outcome = 'success' and kind = any(%(counts)s)
"""
# One service's lie together then: a question for its year reads some pages and not one for each.
_ALL = " order by hashtextextended(service, 0), finished_at"
_CHANGED = " and position > %(since)s and position <= %(upto)s order by position"


class DeploymentFrequency(Metric):
    """The median number of days with a deployment per whole week, and the counts behind it.

    A week is whole when the asked range covers it, from Monday to Monday in the asked time zone;
    a week without a deployment counts as 0. Where the range holds no deployment at all, or no
    whole week, the value is null.
    """

    name = "deployment_frequency"
    title = "Deployment frequency"
    description = "The median number of days with a deployment per whole week."
    unit = "days with a deployment per week"
    projection = "deployments"
    version = 1
    tables: Sequence[str] = ("counted_deployments",)
    schema = _SCHEMA
    indexes = _INDEXES

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def definition(self) -> Definition:
        """The section [deployment_frequency] of the configured file."""
        return self._definitions.section(self.name)

    def refresh(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        """Add the deployments that count and are not there yet."""
        cursor.execute(
            SQL(_COUNT + (_ALL if changed is None else _CHANGED)).format(**tables),
            {
                "counts": definition["counts"],
                "since": changed and changed.since,
                "upto": changed and changed.upto,
            },
        )

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """Volume in buckets, the frequency, its band; for all, and for each group if asked."""
        defined = FrequencyDefinition.read(definition)
        _check(query, defined)
        groups = _days_by_group(cursor, tables, query)
        total: Counter[date] = Counter()
        for days in groups.values():
            total.update(days)
        spans = _spans(total, query)
        if not query.sparse and len(spans) * len(groups) > MOST_CELLS:
            raise InvalidQuery(
                f"{len(groups)} groups in {len(spans)} buckets are too many; "
                "ask for a longer interval or fewer groups",
                where="interval",
            )
        result = _result(total, spans, query, defined.bands)
        if query.group_by:
            result["groups"] = [
                {
                    **dict(zip(query.group_by, key, strict=True)),
                    **_result(days, spans, query, defined.bands),
                }
                for key, days in sorted(groups.items(), key=lambda item: _sortable(item[0]))
            ]
        return MetricAnswer(defined.name, result)


def _check(query: MetricQuery, defined: FrequencyDefinition) -> None:
    query.only_by("service", "environment", "tenant")
    if query.percentiles:
        raise InvalidQuery("this metric has no percentiles", where="percentile")
    if query.definition not in (None, defined.name):
        raise InvalidQuery(
            f"there is no definition {query.definition!r}",
            where="definition",
            allowed=[defined.name],
        )


def _days_by_group(
    cursor: Cursor[TupleRow], tables: Tables, query: MetricQuery
) -> dict[tuple[str | None, ...], dict[date, int]]:
    cursor.execute(
        statement(tables, query),
        {
            "tz": query.tz.key,
            "tenants": list(query.tenants),
            "start": query.start,
            "end": query.end,
            **{name: list(values) for name, values in query.filters.items()},
        },
    )
    groups: dict[tuple[str | None, ...], dict[date, int]] = {}
    for day, count, *key in cursor.fetchall():
        groups.setdefault(tuple(key), {})[day] = count
    return groups


def statement(tables: Tables, query: MetricQuery) -> Composed:
    """Deployments per local day, for each group."""
    keys = SQL("").join(SQL(", {}").format(Identifier(name)) for name in query.group_by)
    filters = SQL("").join(
        SQL(" AND {} = ANY({})").format(Identifier(name), Placeholder(name))
        for name in query.filters
    )
    if "service" in query.filters:  # the form that the index has
        filters += SQL(
            " AND hashtextextended(service, 0) ="
            " ANY(ARRAY(SELECT hashtextextended(name, 0) FROM unnest(%(service)s) AS name))"
        )
    return SQL(
        "SELECT (finished_at AT TIME ZONE %(tz)s)::date AS day, count(*){keys} FROM {table}"
        " WHERE tenant = ANY(%(tenants)s)"
        " AND finished_at >= %(start)s AND finished_at < %(end)s{filters}"
        " GROUP BY day{keys}"
    ).format(keys=keys, table=tables["counted_deployments"], filters=filters)


def _spans(days: Days, query: MetricQuery) -> list[Bucket]:
    """The buckets of the answer: all that the range touches, or those in which something was."""
    if query.sparse:
        return holding(days, query.interval, query.tz, query.week_start)
    return list(buckets(query.start, query.end, query.interval, query.tz, query.week_start))


def _result(
    days: Days, spans: Sequence[Bucket], query: MetricQuery, bands: Sequence[FrequencyBand]
) -> dict[str, Any]:
    n = sum(days.values())
    per_week = _per_whole(days, query, "week")
    value = float(median(per_week)) if n and per_week else None
    result: dict[str, Any] = {
        "value": value,
        "n": n,
        "weeks": len(per_week),
        "band": _band(value, _per_whole(days, query, "month"), bands),
        "buckets": _buckets(days, spans, query),
    }
    if value is None:
        result["reason"] = (
            "there is no deployment in this range" if n == 0 else "the range holds no whole week"
        )
    return result


def _per_whole(days: Days, query: MetricQuery, interval: str) -> list[int]:
    """For each bucket that the range covers whole, how many of its days have a deployment."""
    busy = Counter(floor(day, interval, query.week_start) for day in days)
    spans = buckets(query.start, query.end, interval, query.tz, query.week_start)
    return [busy[span.first] for span in spans if span.whole]


def _band(
    value: float | None, per_month: Sequence[int], bands: Sequence[FrequencyBand]
) -> str | None:
    """The best band that is reached. None where the range is too short to tell."""
    if value is None:
        return None
    for band in bands:
        if band.days_per_week is not None:
            if value >= band.days_per_week:
                return band.name
        elif band.days_per_month is not None:
            if not per_month:
                return None
            if median(per_month) >= band.days_per_month:
                return band.name
        else:
            return band.name
    return None


def _buckets(days: Days, spans: Sequence[Bucket], query: MetricQuery) -> list[dict[str, Any]]:
    places = Places(spans)
    busy: Counter[int] = Counter()
    volume: Counter[int] = Counter()
    for day, count in days.items():
        place = places.of_day(day)
        busy[place] += 1
        volume[place] += count
    return [
        {
            "start": span.start.astimezone(query.tz).isoformat(),
            "end": span.end.astimezone(query.tz).isoformat(),
            "whole": span.whole,
            "volume": volume[place],
            "days": busy[place],
        }
        for place, span in enumerate(spans)
    ]


def _sortable(key: Sequence[str | None]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)
