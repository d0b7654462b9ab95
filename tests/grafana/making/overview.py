"""DORA overview: the five with bands and trends, over time, by service; what was deployed."""

from __future__ import annotations

from tests.grafana.making import variables
from tests.grafana.making.five import FIVE, number, over_time, side_by_side
from tests.grafana.making.parts import (
    LEGEND,
    Json,
    curve,
    fields,
    ordered,
    override,
    panel,
    row,
    words,
)
from tests.grafana.making.parts import (
    dashboard as framed,
)
from tests.grafana.making.queries import FILTERS, RANGE_OF_LISTS, Column, infinity, metric

OUTCOMES = words({"success": ("success", "green"), "failure": ("failure", "red")})


def dashboard() -> Json:
    """All of it."""
    return framed(
        "streamgauge-dora",
        "Streamgauge: DORA overview",
        "The five DORA metrics by the definition that Streamgauge is asked for, and what they come"
        " from.",
        variables=[
            *variables.sources("infinity"),
            variables.choice("service", "Service"),
            variables.choice("environment", "Environment"),
            *variables.asked(),
        ],
        panels=[
            *(
                number(each, FILTERS, width=width)
                for each, width in zip(FIVE, (5, 5, 5, 5, 4), strict=True)
            ),
            row("Over time"),
            *(over_time(each, FILTERS, width=12) for each in FIVE),
            _per_day(),
            row("By service"),
            side_by_side(
                "The five by service", "service", FILTERS, page="service",
                description="Compare a service with itself over time rather than with others."
                " A name leads to its overview.",
            ),
            row("What happened"),
            _recent(),
            _incidents(),
        ],
        time=("now-90d/d", "now/d"),
        refresh="",
    )  # fmt: skip


def _per_day() -> Json:
    url = metric("deployment_frequency", FILTERS, "interval=day")
    columns: list[Column] = [("start", "time", "timestamp"), ("volume", "deployments", "number")]
    return panel(
        "timeseries", "Deployments per day",
        "How many deployments the definition counts on each day.",
        [infinity(url, "buckets", columns, form="timeseries")], width=12, height=8,
        fieldConfig=fields(custom=curve(stacked=True), decimals=0, noValue="no deployments"),
        options=LEGEND,
    )  # fmt: skip


def _recent() -> Json:
    lineage = {
        "title": "Its events",
        "url": "${page}/#/lineage/${__data.fields.Id:percentencode}",
        "targetBlank": True,
    }
    url = f"/v1/deployments?{RANGE_OF_LISTS}&${{tenant:customqueryparam}}&{FILTERS}&limit=50"
    columns: list[Column] = [
        ("finished_at", "Finished", "timestamp"), ("service", "Service", "string"),
        ("environment", "Environment", "string"), ("outcome", "Outcome", "string"),
        ("kind", "Kind", "string"), ("artifact", "Artifact", "string"), ("id", "Id", "string"),
    ]  # fmt: skip
    return panel(
        "table", "Recent deployments",
        "The last fifty attempts of the range, failed ones too. An id leads to the events that it"
        " is made of.",
        [infinity(url, "items", columns)], width=16, height=10,
        fieldConfig=fields(
            custom={"align": "auto", "filterable": True}, noValue="",
            overrides=[
                override(
                    "Outcome", mappings=[OUTCOMES], custom__cellOptions={"type": "color-text"}
                ),
                override("Id", links=[lineage]),
            ],
        ),
        options={"showHeader": True, "cellHeight": "sm"},
    )  # fmt: skip


def _incidents() -> Json:
    shown = ("Detected", "Service", "Environment", "Title")
    url = f"/v1/incidents?${{tenant:customqueryparam}}&{FILTERS}&limit=1000"
    still_open = [("Resolved", "isNull", {}), ("Retracted", "notEqual", {"value": True})]
    return panel(
        "table", "Open incidents",
        "Those that are not resolved, of the newest thousand, whatever the range.",
        [
            infinity(url, "items", [
                ("detected_at", "Detected", "timestamp"), ("service", "Service", "string"),
                ("environment", "Environment", "string"), ("title", "Title", "string"),
                ("resolved_at", "Resolved", "timestamp"), ("retracted", "Retracted", "boolean"),
            ])
        ],
        width=8, height=10,
        fieldConfig=fields(custom={"align": "auto"}, noValue=""),
        options={"showHeader": True, "cellHeight": "sm"},
        transformations=[
            {
                "id": "filterByValue",
                "options": {
                    "type": "include", "match": "all",
                    "filters": [
                        {"fieldName": name, "config": {"id": test, "options": options}}
                        for name, test, options in still_open
                    ],
                },
            },
            _only(shown, dropped=("Resolved", "Retracted")),
        ],
    )  # fmt: skip


def _only(shown: tuple[str, ...], *, dropped: tuple[str, ...]) -> Json:
    found = ordered(shown)
    found["options"]["excludeByName"] = dict.fromkeys(dropped, True)
    return found
