"""Questions to all metrics by any definition, and what becomes of events and answers in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from streamgauge import CDEvent, json_codec
from streamgauge.metrics import Metric, MetricQuery
from streamgauge.settings import Settings
from streamgauge_dora.defining import Definitions
from streamgauge_dora.metrics import DoraMetric, all_metrics
from tests.dora.world import World, at

Question = dict[str, Any]
CALM = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
WEEK = timedelta(weeks=1)
CALENDAR = 1461 * WEEK
"""28 years: between 1901 and 2099 the same weekdays, months and leap years come again."""

# What no preset uses, so that every formula and every way to sum up is asked.
OWN = {
    "commits": """
        name = "commits"
        title = "In units of commits"
        [deployments]
        tiers = []
        kinds = ["deploy", "upgrade", "rollback"]
        [failures]
        rules = ["tenant", "rollback", "revert", "hotfix"]
        max_gap_hours = "none"
        [deployment_frequency]
        formula = "count"
        [change_lead_time]
        formula = "commits"
        statistic = "mean"
        only_positive = true
        [change_fail_rate]
        formula = "incidents"
        percent = true
        [failed_deployment_recovery_time]
        formula = "incidents"
        since = "deployment"
        by = "since"
        statistic = "lower_median"
        [deployment_rework_rate]
        formula = "rework"
        rules = ["rollback", "incident"]
        percent = true
        no_data = 0
    """,
    "rungs": """
        name = "rungs"
        title = "Every rung of the ladder"
        [deployments]
        tiers = ["production", "staging"]
        [failures]
        rules = ["given", "root_cause", "artifact", "service", "tenant", "hotfix"]
        max_gap_hours = 100
        [change_lead_time]
        formula = "changes"
        since = "created"
        rounding = "hours_down"
        statistic = "median_of_days"
        each_environment = true
        only_positive = true
        [failed_deployment_recovery_time]
        formula = "failed_deployments"
        statistic = "mean"
        no_data = -1
    """,
}
NAMES = sorted([*Definitions(Settings.load({})).names(), *OWN])

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns")
STEADY = ("UTC", "Asia/Kolkata", "Etc/GMT+5")
"""Zones in which every day has 24 hours."""
_GROUPS = ("service,environment", "", "tier,repository", "environment,service,repository,tier")


Asked = Sequence[tuple[Metric, Mapping[str, Any]]]
"""The five metrics, each with a definition; reading the files at every question takes longer than
to answer it."""


class ByDefinition(dict[str, Asked]):
    """The metrics by the name of a definition."""

    def __repr__(self) -> str:  # a failing example is printed with it, and is to be read
        return "<every definition>"


def metrics_by_definition(folder: Path) -> ByDefinition:
    """Those of every preset, and of `OWN`."""
    for name, text in OWN.items():
        folder.joinpath(f"{name}.toml").write_text(text, "utf-8")
    found = ByDefinition()
    for name in NAMES:
        settings = Settings.load(
            {"STREAMGAUGE_DORA_DEFINITIONS": str(folder), "STREAMGAUGE_DORA_DEFINITION": name}
        )
        metrics = all_metrics(Definitions(settings))
        found[name] = [(metric, metric.definition()) for metric in metrics]
    return found


@st.composite
def questions(
    draw: st.DrawFn,
    zones: Sequence[str] = ZONES,
    intervals: Sequence[str] = ("week", "day", "month", "all", "quarter"),
) -> Question:
    """A range that most of a history is in, and how to look at it."""
    first = draw(st.sampled_from((0, -3, 24 * 7 - 9, 200)))
    found: Question = {
        "from": at(first).isoformat(),
        "to": at(first + 24 * draw(st.sampled_from((28, 7, 90, 3)))).isoformat(),
        "interval": draw(st.sampled_from(intervals)),
        "tz": draw(st.sampled_from(zones)),
        "week_start": draw(st.sampled_from(("monday", "sunday"))),
        "percentile": "50,90,99.9",
    }
    if groups := draw(st.sampled_from(_GROUPS)):
        found["group_by"] = groups
    for name, value in (("service", "shop"), ("tier", "production"), ("environment", "staging")):
        if draw(st.integers(0, 7)) == 7:
            found[name] = value
    return found


def batches(draw: Any, events: Sequence[CDEvent]) -> list[list[CDEvent]]:
    """The events in any order, some of them again, cut into batches."""
    again = draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    return [shuffled[a:b] for a, b in pairwise([0, *cuts, len(shuffled)])]


def parsed(question: Question) -> MetricQuery:
    texts = {name: v if isinstance(v, list) else [v] for name, v in question.items()}
    return MetricQuery.parse(texts, now=at(0))


def for_metric(metric: Metric, query: MetricQuery) -> MetricQuery:
    """Without percentiles, where the metric is no duration."""
    durations = isinstance(metric, DoraMetric) and metric.percentiles
    return query if durations else replace(query, percentiles=())


def answers(world: World, asked: Asked, question: Question, **more: Any) -> dict[str, bytes]:
    """Metric -> its answer as JSON."""
    query = parsed({**question, **more})
    found = {}
    with world.database.snapshot() as cursor:
        for metric, definition in asked:
            said = metric.answer(cursor, world.tables, for_metric(metric, query), definition)
            found[metric.name] = json_codec.encode({"definition": said.definition, **said.result})
    return found


def moved(events: Iterable[CDEvent], by: timedelta) -> list[CDEvent]:
    """The same events, every moment in them later by so much."""
    found = []
    for event in events:
        document = deepcopy(event.document)
        _move(document, by)
        found.append(CDEvent(document))
    return found


def moved_question(question: Question, by: timedelta) -> Question:
    return {**question, "from": _later(question["from"], by), "to": _later(question["to"], by)}


def moved_back(answer: bytes, by: timedelta, *, without: Sequence[str] = ()) -> Any:
    """The answer with its moments earlier by so much, and without some members."""
    return _without(json_codec.decode(answer), -by, without)


_MOMENTS = ("timestamp", "startedAt", "firstCommitAt")


def _move(value: Any, by: timedelta) -> None:
    if isinstance(value, list):
        for each in value:
            _move(each, by)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _MOMENTS and isinstance(each, str):
                value[key] = _later(each, by)
            else:
                _move(each, by)


def _without(value: Any, by: timedelta, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, by, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _later(each, by)
        if key in ("start", "end", "from", "to")
        else _without(each, by, names)
        for key, each in value.items()
        if key not in names
    }


def _later(moment: str, by: timedelta) -> str:
    """By the clock: a moment keeps its offset."""
    return (datetime.fromisoformat(moment) + by).isoformat()
