"""The files: what the generator makes, whole, and of names that there are.

Grafana itself is not here. That it imports them is known only as far as this looks: the members
that its documentation names, the data sources as variables, no two panels in one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.settings import Settings
from streamgauge_dora.defining.files import Definitions
from tests.grafana.interpolating import interpolated
from tests.grafana.making import DASHBOARDS, FOLDER, bands
from tests.grafana.making.five import FIVE
from tests.grafana.making.parts import INFINITY, PROMETHEUS, WIDTH, Json
from tests.grafana.reading import KEPT, panels
from tests.grafana.test_queries import WEEKS

TELEMETRY = Path(__file__).parents[2] / "docs/reference/telemetry.md"
UNITS = {"short", "s", "percentunit", "eps", "reqps", "bytes"}
KINDS = {"stat", "timeseries", "table", "row"}
SUFFIXES = ("_bucket", "_count", "_sum")
PANELS = [pytest.param(p, id=f"{file}: {p['title']}") for file, p in panels()]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_file_is_what_the_generator_makes(name: str, golden: Callable[[Path, Any], None]) -> None:
    golden(FOLDER / name, DASHBOARDS[name])


def test_no_file_is_left_over() -> None:
    assert set(KEPT) == set(DASHBOARDS)


@pytest.mark.parametrize("dashboard", KEPT.values(), ids=list(KEPT))
def test_a_dashboard_has_what_grafana_imports(dashboard: Json) -> None:
    needed = {"uid", "title", "schemaVersion", "panels", "templating", "time", "tags", "version"}
    assert needed <= set(dashboard)
    assert "id" not in dashboard  # that of another Grafana would replace a stranger's dashboard
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", dashboard["uid"])
    assert {panel["type"] for panel in dashboard["panels"]} <= KINDS
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_no_two_have_one_uid_or_title() -> None:
    for member in ("uid", "title"):
        assert len({each[member] for each in KEPT.values()}) == len(KEPT)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_is_and_asks_something(panel: Json) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        assert target.get("url") or target.get("rawSql") or target.get("expr")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@pytest.mark.parametrize("dashboard", KEPT.values(), ids=list(KEPT))
def test_no_two_panels_are_in_one_place(dashboard: Json) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        x, y, w, h = (panel["gridPos"][key] for key in "xywh")
        assert x + w <= WIDTH
        cells = {(x + i, y + j) for i in range(w) for j in range(h)}
        assert not taken & cells, panel["title"]
        taken |= cells


@pytest.mark.parametrize("dashboard", KEPT.values(), ids=list(KEPT))
def test_every_variable_that_is_used_is_there_and_data_sources_are_variables(
    dashboard: Json,
) -> None:
    variables = {each["name"]: each for each in dashboard["templating"]["list"]}
    text = str(dashboard)
    builtin = {"__from", "__to", "__rate_interval", "__timeFilter", "__value", "__data", "__all"}
    used = set(re.findall(r"\$\{?(\w+)", text)) - builtin - {"sg"}  # that is a dollar quote
    assert used == set(variables)
    kinds = {"infinity": INFINITY, "prometheus": PROMETHEUS}
    for name, kind in re.findall(r"'type': '([\w-]+)', 'uid': '\$\{(\w+)\}'", text):
        assert kinds[kind] == name
        assert variables[kind]["query"] == name


def test_every_metric_of_prometheus_is_documented() -> None:
    known = set(re.findall(r"^\| `(streamgauge_\w+)` \|", TELEMETRY.read_text(), re.MULTILINE))
    used = {
        name
        for _, panel in panels()
        for target in panel["targets"]
        for name in re.findall(r"streamgauge_\w+", target.get("expr", ""))
    }
    named = {
        next((name.removesuffix(s) for s in SUFFIXES if name.removesuffix(s) in known), name)
        for name in used
    }
    assert named <= known
    # What is not shown is left out on purpose.
    assert known - named == {
        "streamgauge_cdevents_total",
        "streamgauge_replay_running",
        "streamgauge_routed_events_total",
        "streamgauge_stage_head",
        "streamgauge_stage_position",
        "streamgauge_stage_replay_due",
    }


def test_the_bands_are_those_of_the_default_definition() -> None:
    definitions = Definitions(Settings.load({}))
    assert definitions.named(definitions.configured).bands == bands.DEFAULT


@pytest.mark.parametrize(
    "metric", [each.name for each in FIVE if each.banded and each.name != "deployment_frequency"]
)
@given(st.floats(0, 1e8) | st.floats(0, 1) | st.sampled_from([0.05, 0.1, 0.2, 3600, 86400, 604800]))
def test_a_colour_is_that_of_the_band(metric: str, value: float) -> None:
    assert _colored(metric, value) == bands.COLORS[bands.band(metric, value)]


@given(st.floats(1, 7))
def test_a_colour_of_the_frequency_is_that_of_the_band_from_once_a_week_on(value: float) -> None:
    assert (
        _colored("deployment_frequency", value)
        == bands.COLORS[bands.band("deployment_frequency", value)]
    )
    assert _colored("deployment_frequency", 1 / (value + 1)) == bands.LESS_TO_TELL


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_a_value_comes_through_an_address_as_it_is(values: list[str]) -> None:
    url = interpolated("/x?${service:customqueryparam}&tz=UTC", {"service": values}, WEEKS)
    assert parse_qs(urlsplit(url).query) == {"service": values, "tz": ["UTC"]}


def _colored(metric: str, value: float) -> str:
    """What Grafana colours a value with: the last step that is not above it."""
    steps = bands.steps(metric)
    return str([s["color"] for s in steps if s["value"] is None or value >= s["value"]][-1])
