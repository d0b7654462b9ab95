"""What panels and variables ask, in the words of each data source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tests.grafana.making.parts import INFINITY, PROMETHEUS, Json

# The whole range is asked for as instants, which stay the same all day where the range is of days:
# so does the address, and the answer is one that is known already.
RANGE_OF_LISTS = "from=${__from:date:iso}&to=${__to:date:iso}"
"""The dashboard's time range."""
RANGE = f"{RANGE_OF_LISTS}&tz=${{tz:percentencode}}"
"""The same, in the zone of its days."""
WHOSE = "${tenant:customqueryparam}"
FILTERS = "${service:customqueryparam}&${environment:customqueryparam}"
DEFINITION = "${definition:customqueryparam}"

Column = tuple[str, str, Literal["string", "number", "timestamp", "boolean"]]
"""Where it is in an item of the answer, its name in the table, its type."""


def infinity(
    url: str,
    root: str,
    columns: Sequence[Column],
    *,
    form: Literal["table", "timeseries"] = "table",
) -> Json:
    """A question of the REST API. `root` names the list of the answer; "" is the answer itself."""
    return {
        "datasource": {"type": INFINITY, "uid": "${infinity}"},
        "type": "json",
        "source": "url",
        "parser": "backend",
        "format": form,
        "url": url,
        "url_options": {"method": "GET", "data": ""},
        "root_selector": root,
        "columns": [
            {"selector": selector, "text": text, "type": kind} for selector, text, kind in columns
        ],
        "filters": [],
    }


def metric(name: str, *parameters: str) -> str:
    """The address of a metric's answer over the range."""
    return f"/v1/metrics/{name}?" + "&".join([RANGE, WHOSE, DEFINITION, *parameters])


def promql(expression: str, legend: str = "", *, instant: bool = False) -> Json:
    """A question of Prometheus, over the range or as of its end."""
    return {
        "datasource": {"type": PROMETHEUS, "uid": "${prometheus}"},
        "editorMode": "code",
        "expr": expression,
        "legendFormat": legend,
        "instant": instant,
        "range": not instant,
        "format": "table" if instant else "time_series",
    }
