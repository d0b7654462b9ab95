"""The variables of the dashboards: data sources, filters, what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.grafana.making.parts import INFINITY, PROMETHEUS, Json
from tests.grafana.making.queries import infinity

ALL: Json = {"text": "All", "value": "$__all"}
NOTHING = "&"
"""What "All" is in an address: no parameter. (An empty text would make Grafana name them all.)"""


def source(name: str, kind: str, label: str) -> Json:
    """Which data source is asked; so a file can be imported and provisioned as it is."""
    return _variable(name, "datasource", label, query=kind, refresh=1, regex="", current={})


def sources(*names: str) -> list[Json]:
    """The variables of these data sources."""
    found = {
        "infinity": source("infinity", INFINITY, "Streamgauge (Infinity)"),
        "prometheus": source("prometheus", PROMETHEUS, "Prometheus"),
    }
    return [found[name] for name in names]


def text(name: str, label: str, value: str, description: str) -> Json:
    """A field to write into."""
    option = {"text": value, "value": value, "selected": True}
    return _variable(
        name, "textbox", label, query=value, current=option, options=[option],
        description=description,
    )  # fmt: skip


def custom(name: str, label: str, values: Sequence[str], chosen: str) -> Json:
    """A choice among these."""
    return _variable(
        name, "custom", label, query=",".join(values), multi=False, includeAll=False, options=[],
        current={"text": chosen, "value": chosen},
    )  # fmt: skip


def choice(
    name: str, label: str, *, several: bool = True, repeated: bool = False, description: str = ""
) -> Json:
    """What there is to pick from. `repeated`: "All" means each of them.

    Of all time: the day that is asked about is one of which there are no numbers to compute.
    """
    url = "/v1/overview?from=1990-01-01&to=1990-01-02&interval=all&${tenant:customqueryparam}"
    asked = infinity(url, f"choices.{name}", [])
    every: Json = {} if repeated else {"allValue": NOTHING}
    current: Json = {"text": ["All"], "value": ["$__all"]} if several else ALL
    return _variable(
        name, "query", label, datasource=asked.pop("datasource"),
        query={"queryType": "infinity", "refId": "variable", "infinityQuery": asked},
        definition=f"GET {url}", multi=several, includeAll=True, current=current, options=[],
        refresh=1, regex="", sort=0, description=description, **every,
    )  # fmt: skip


def label_values(name: str, label: str, metric: str) -> Json:
    """The values of a label of a metric in Prometheus."""
    query = f"label_values({metric},{name})"
    return _variable(
        name, "query", label, datasource={"type": PROMETHEUS, "uid": "${prometheus}"},
        query={
            "qryType": 1, "query": query,
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        definition=query, multi=False, includeAll=False, current={}, options=[],
        refresh=2, regex="", sort=1,
    )  # fmt: skip


def asked() -> list[Json]:
    """How a metric is asked, beside its filters."""
    return [
        custom("interval", "By", ("day", "week", "month", "quarter", "year"), "week"),
        choice(
            "definition", "Definition", several=False,
            description="All: each metric by the one that is configured.",
        ),
        text("tz", "Days of", "UTC", "The time zone of days and weeks, such as Europe/Berlin."),
        text("tenant", "Tenant", "default", "Whose numbers: that of the token, if it has one."),
        text(
            "page", "Page", "http://localhost:8080",
            "Where browsers find Streamgauge; panels link there.",
        ),
    ]  # fmt: skip


def _variable(name: str, kind: str, label: str, **more: Any) -> Json:
    return {"name": name, "type": kind, "label": label, "hide": 0, "skipUrlSync": False, **more}
