"""What every dashboard is put together from: the frame, rows, panels and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

WIDTH = 24
SCHEMA = 42  # the last one of this form; Grafana 12.2 has it
INFINITY, PROMETHEUS = "yesoreyeram-infinity-datasource", "prometheus"


def panel(
    kind: str,
    title: str,
    description: str,
    targets: Sequence[Json],
    *,
    width: int,
    height: int,
    **more: Any,
) -> Json:
    """One panel, not placed yet. `more`: fieldConfig, options, transformations, links."""
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": targets[0]["datasource"],
        "targets": [{**target, "refId": chr(ord("A") + n)} for n, target in enumerate(targets)],
        "gridPos": {"w": width, "h": height},
        **more,
    }


def row(title: str, *, repeat: str | None = None) -> Json:
    """A heading; with `repeat` it and its panels are there for each value of that variable."""
    found: Json = {
        "type": "row",
        "title": title,
        "collapsed": False,
        "panels": [],
        "gridPos": {"w": WIDTH, "h": 1},
    }
    return found if repeat is None else {**found, "repeat": repeat}


def fields(
    *,
    unit: str = "short",
    steps: Sequence[Json] = (),
    custom: Json | None = None,
    mappings: Sequence[Json] = (),
    overrides: Sequence[Json] = (),
    **more: Any,
) -> Json:
    """How values are shown: the unit, thresholds, and what is other for some fields."""
    return {
        "defaults": {
            "unit": unit,
            "mappings": list(mappings),
            "thresholds": {"mode": "absolute", "steps": list(steps) or [step("text", None)]},
            "custom": custom or {},
            **more,
        },
        "overrides": list(overrides),
    }


def override(name: str, **properties: Any) -> Json:
    """What is other for the field of this name; dots of a property's id are written as `__`."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


def step(color: str, value: float | None) -> Json:
    """From this value on, up to the next step's; the first one has none."""
    return {"color": color, "value": value}


def words(texts: dict[str, tuple[str, str]]) -> Json:
    """A value mapping: value -> (what is shown, its colour)."""
    options = {
        value: {"text": text, "color": color, "index": n}
        for n, (value, (text, color)) in enumerate(texts.items())
    }
    return {"type": "value", "options": options}


def curve(*, thresholds: bool = False, stacked: bool = False, label: str = "") -> Json:
    """How a time series is drawn. A gap stays a gap: no data is not zero."""
    return {
        "drawStyle": "bars" if stacked else "line",
        "lineWidth": 1 if stacked else 2,
        "fillOpacity": 60 if stacked else 0,
        "showPoints": "never" if stacked else "auto",
        "spanNulls": False,
        "axisLabel": label,
        "axisSoftMin": 0,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if thresholds else "off"},
    }


LEGEND: Json = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
    "tooltip": {"mode": "multi", "sort": "desc"},
}


def joined(by: str, columns: Sequence[str]) -> list[Json]:
    """Transformations: one table of the answers of several queries, its columns in this order.

    Infinity gives columns in the order of the alphabet.
    """
    return [
        {"id": "joinByField", "options": {"byField": by, "mode": "outer"}},
        ordered([by, *columns]),
    ]


def ordered(columns: Sequence[str]) -> Json:
    """The transformation that puts columns into this order."""
    order = {name: n for n, name in enumerate(columns)}
    return {
        "id": "organize",
        "options": {"indexByName": order, "excludeByName": {}, "renameByName": {}},
    }


def dashboard(
    uid: str,
    title: str,
    description: str,
    *,
    variables: Sequence[Json],
    panels: Sequence[Json],
    time: tuple[str, str],
    refresh: str,
) -> Json:
    """All of it: panels are placed from left to right and from top to bottom."""
    start, end = time
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["streamgauge"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "utc",
        "weekStart": "monday",
        "time": {"from": start, "to": end},
        "timepicker": {},
        "refresh": refresh,
        "annotations": {"list": []},
        "links": [_others()],
        "templating": {"list": list(variables)},
        "panels": placed(panels),
    }


def placed(panels: Sequence[Json]) -> list[Json]:
    """The panels with their places and numbers; a row begins a line of its own."""
    found: list[Json] = []
    x = y = tallest = 0
    for number, each in enumerate(panels, start=1):
        width, height = each["gridPos"]["w"], each["gridPos"]["h"]
        if x + width > WIDTH or each["type"] == "row":
            x, y, tallest = 0, y + tallest, 0
        found.append({**each, "id": number, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
        x, tallest = x + width, max(tallest, height)
    return found


def _others() -> Json:
    return {
        "type": "dashboards",
        "title": "Streamgauge",
        "tags": ["streamgauge"],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": False,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "The other dashboards",
        "url": "",
    }
