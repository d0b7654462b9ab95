"""The page says how to set it up as the dashboards need it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.grafana.making.parts import INFINITY, PROMETHEUS
from tests.grafana.reading import KEPT

PAGE = (Path(__file__).parents[2] / "docs/how-to/grafana.md").read_text()
SOURCES, PROVIDERS = (
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
)


def test_its_data_sources_are_those_of_the_dashboards() -> None:
    found = {each["type"]: each for each in SOURCES["datasources"]}
    assert set(found) == {INFINITY, PROMETHEUS}
    assert found[INFINITY]["jsonData"]["auth_method"] == "bearerToken"
    assert "bearerToken" in found[INFINITY]["secureJsonData"]
    assert PROVIDERS["providers"][0]["type"] == "file"


def test_it_names_every_dashboard_and_every_variable() -> None:
    assert set(re.findall(r"^\| `([\w-]+\.json)` \|", PAGE, re.MULTILINE)) == set(KEPT)
    table = PAGE.partition("## What to pick")[2].partition("## When")[0]
    named = set(re.findall(r"^\| ([A-Z][\w, ]+) \|", table, re.MULTILINE))
    labels = {
        variable["label"]
        for name in ("dora-overview.json", "by-team.json")
        for variable in KEPT[name]["templating"]["list"]
        if variable["type"] != "datasource"
    }
    assert {label for names in named for label in names.split(", ")} == labels
