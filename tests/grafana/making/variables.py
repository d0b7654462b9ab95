"""The variables of the dashboards: data sources, filters, what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamgauge.settings import Settings
from streamgauge_dora.defining.files import Definitions
from tests.grafana.making.parts import INFINITY, POSTGRES, PROMETHEUS, Json
from tests.grafana.making.queries import RANGE, WHOSE, infinity

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
        "postgres": source("postgres", POSTGRES, "Postgres"),
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


def custom(name: str, label: str, values: Sequence[str], chosen: str | None, **more: Any) -> Json:
    """A choice among these; "All", which is no parameter, where none is chosen."""
    everything = {"includeAll": True, "allValue": NOTHING, "current": ALL}
    one = {"includeAll": False, "current": {"text": chosen, "value": chosen}}
    return _variable(
        name, "custom", label, query=",".join(values), multi=False, options=[],
        **(everything if chosen is None else one), **more,
    )  # fmt: skip


def dimension(name: str, label: str, *, repeated: bool = False) -> Json:
    """The values that things of the range have; several can be picked.

    Of tiers beside production too. `repeated`: "All" means each of them.
    """
    tiers = "&".join(f"tier={t}" for t in ("production", "staging", "testing", "development"))
    url = (
        f"/v1/metrics/deployment_frequency?{RANGE}&{WHOSE}&{tiers}&tier=other"
        f"&interval=all&group_by={name}"
    )
    asked = infinity(url, "groups", [(name, name, "string")])
    every: Json = {} if repeated else {"allValue": NOTHING}
    return _variable(
        name, "query", label, datasource=asked.pop("datasource"),
        query={"queryType": "infinity", "refId": "variable", "infinityQuery": asked},
        definition=f"GET {url}", multi=True, includeAll=True,
        current={"text": ["All"], "value": ["$__all"]}, options=[],
        refresh=2, regex="/.+/", sort=5, **every,
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
        custom(
            "definition", "Definition", Definitions(Settings.load({})).names(), None,
            description="All: the one that is configured. Add your own under Settings, Variables.",
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
