"""The five metrics: how each is shown, as a number with its band, as a curve, in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tests.grafana.making import bands
from tests.grafana.making.parts import (
    LEGEND,
    Json,
    curve,
    fields,
    joined,
    ordered,
    override,
    panel,
    step,
)
from tests.grafana.making.queries import DEFINITION, Column, infinity, metric


class Metric(NamedTuple):
    """One of the five. `unit` is Grafana's name of it."""

    name: str
    title: str
    unit: str
    better: Literal["more", "less"]
    says: str

    @property
    def banded(self) -> bool:
        """Whether the default definition has bands of it."""
        return bool(bands.steps(self.name))

    @property
    def description(self) -> str:
        """What it is, which way is good, and the levels in words."""
        return f"{self.says} {self.better.title()} is better. {bands.said(self.name)}"


FIVE = (
    Metric("deployment_frequency", "Deployment frequency", "short", "more",
           "On how many days of the median week something was deployed, by the default definition;"
           " another one may count otherwise, and its unit says so."),
    Metric("change_lead_time", "Change lead time", "s", "less",
           "From the first commit of a change to the deployment that has it, the median."),
    Metric("change_fail_rate", "Change fail rate", "percentunit", "less",
           "Of the deployments, the share that needed intervention."),
    Metric("failed_deployment_recovery_time", "Failed deployment recovery time", "s", "less",
           "From a deployment that failed until what was wrong with it is over, the median."),
    Metric("deployment_rework_rate", "Deployment rework rate", "percentunit", "less",
           "Of the deployments, the share that was made because of a failure."),
)  # fmt: skip
BAND, CHANGE, VALUE, UNIT = "Band", "Against the range before", "Value", "Unit"


def number(each: Metric, filters: str, *, width: int) -> Json:
    """The range's value, its band as a word, and the difference to the range before."""
    columns: list[Column] = [("value", VALUE, "number")]
    columns += [("band", BAND, "string")] if each.banded else []
    columns += [("previous.difference", CHANGE, "number")]
    columns += [("unit", UNIT, "string")] if each.unit == "short" else []
    return panel(
        "stat", each.title, each.description,
        [infinity(metric(each.name, filters, "interval=all"), "", columns)],
        width=width, height=7,
        fieldConfig=fields(
            unit=each.unit, steps=bands.steps(each.name), noValue="no data",
            overrides=[
                override(BAND, mappings=[bands.WORDS], noValue="no band"),
                override(
                    CHANGE, noValue="nothing to compare",
                    thresholds={"mode": "absolute", "steps": _trend(each.better)},
                ),
            ],
        ),
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
            "textMode": "value_and_name", "colorMode": "value", "graphMode": "none",
            "justifyMode": "center", "orientation": "horizontal",
        },
        transformations=[ordered([text for _, text, _ in columns])],
        links=links(each, filters),
    )  # fmt: skip


def over_time(each: Metric, filters: str, *, width: int) -> Json:
    """The value of each bucket."""
    columns: list[Column] = [("start", "Time", "timestamp"), ("value", each.title, "number")]
    target = infinity(
        metric(each.name, filters, "interval=${interval}"), "buckets", columns, form="timeseries"
    )
    label = "days a week, by the default definition" if each.unit == "short" else ""
    return panel(
        "timeseries", each.title, each.description, [target], width=width, height=8,
        fieldConfig=fields(
            unit=each.unit, steps=bands.steps(each.name), noValue="no data",
            custom=curve(thresholds=each.banded, label=label),
        ),
        options=LEGEND,
        links=links(each, filters),
    )  # fmt: skip


def side_by_side(
    title: str, by: str, filters: str, *, description: str, page: str, height: int = 9
) -> Json:
    """A table of the five with their bands, a line for each value of the dimension `by`.

    `page` is the parameter of the page's overview that a name leads to.
    """
    name = by.title()
    targets, shown, overrides = [], [], []
    for each in FIVE:
        columns: list[Column] = [(by, name, "string"), ("value", each.title, "number")]
        overrides.append(override(each.title, unit=each.unit, **_colored(each)))
        shown.append(each.title)
        if each.banded:
            band = f"{each.title}: band"
            columns.append(("band", band, "string"))
            overrides.append(_worded(band))
            shown.append(band)
        url = metric(each.name, filters, "interval=all", f"group_by={by}")
        targets.append(infinity(url, "groups", columns))
    overrides.append(override(name, noValue=f"no {by}", links=[_overview(page)]))
    return panel(
        "table", title, description, targets, width=24, height=height,
        fieldConfig=fields(
            custom={"align": "auto", "filterable": True}, overrides=overrides, noValue="no data"
        ),
        options={"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": name}]},
        transformations=joined(name, shown),
    )  # fmt: skip


def links(each: Metric, filters: str) -> list[Json]:
    """To the page: what the number is made of, and its curve."""
    rest = f"interval=${{interval}}&tz=${{tz:percentencode}}&{filters}&{DEFINITION}"
    instants = "start=${__from:date:iso}&end=${__to:date:iso}"
    days = "from=${__from:date:YYYY-MM-DD}&to=${__to:date:iso}"
    return [
        _link("What it is made of", f"${{page}}/#/explain/{each.name}?{instants}&{rest}"),
        _link("Its curve, point by point", f"${{page}}/#/metric/{each.name}?{days}&{rest}"),
    ]


def _link(title: str, url: str) -> Json:
    return {"title": title, "url": url, "targetBlank": True}


def _overview(parameter: str) -> Json:
    days = "from=${__from:date:YYYY-MM-DD}&to=${__to:date:iso}&tz=${tz:percentencode}"
    return _link("Its overview", f"${{page}}/#/?{parameter}=${{__value.raw:percentencode}}&{days}")


def _colored(each: Metric) -> Json:
    if not each.banded:
        return {}
    return {
        "thresholds": {"mode": "absolute", "steps": bands.steps(each.name)},
        "custom__cellOptions": {"type": "color-text"},
    }


def _worded(band: str) -> Json:
    return override(
        band, mappings=[bands.WORDS], noValue="no band", custom__cellOptions={"type": "color-text"}
    )


def _trend(better: str) -> Sequence[Json]:
    down, up = ("green", "orange") if better == "less" else ("orange", "green")
    return [step(down, None), step("text", 0), step(up, 1e-9)]
