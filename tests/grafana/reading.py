"""The dashboards as they are kept: their panels, their questions, their variables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.grafana.interpolating import All, Value
from tests.grafana.making import FOLDER
from tests.grafana.making.parts import Json

KEPT: Mapping[str, Json] = {
    path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}


class Asked(NamedTuple):
    """A question of a panel, or of a variable."""

    file: str
    title: str
    target: Json

    @property
    def source(self) -> str:
        """The kind of its data source."""
        return str(self.target["datasource"]["type"])


def panels() -> Iterator[tuple[str, Json]]:
    """Every panel, with its file's name; rows are none."""
    for name, dashboard in KEPT.items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield name, panel


def questions(kind: str) -> list[Asked]:
    """What is asked of data sources of this kind, by panels and by variables of Infinity."""
    found = [Asked(file, p["title"], each) for file, p in panels() for each in p["targets"]]
    for file, dashboard in KEPT.items():
        for variable in dashboard["templating"]["list"]:
            if (query := variable.get("query")) and "infinityQuery" in query:
                target = {"datasource": variable["datasource"], **query["infinityQuery"]}
                found.append(Asked(file, f"${variable['name']}", target))
    return [each for each in found if each.source == kind]


def values_of(file: str, picked: Mapping[str, Value]) -> dict[str, Value | All]:
    """The variables of a dashboard as they stand when it is opened, but for those that are picked.

    One that would be looked up, and stands for all, is its text for all, or none.
    """
    found: dict[str, Value | All] = {}
    for variable in KEPT[file]["templating"]["list"]:
        current = variable["current"].get("value", "")
        if current in ("$__all", ["$__all"]):
            found[variable["name"]] = All(variable["allValue"]) if "allValue" in variable else []
        else:
            found[variable["name"]] = current
    return {**found, **{k: v for k, v in picked.items() if k in found}}
