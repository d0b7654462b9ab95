"""The reference of definitions says every key that a file may have, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamgauge.settings import Settings
from streamgauge_dora.defining import Definitions
from streamgauge_dora.defining.definition import _KEYS, _KEYS_OF, KINDS, RULES
from streamgauge_dora.defining.sections import SECTIONS

PAGE = "\n" + (Path(__file__).parents[2] / "docs/reference/definitions.md").read_text()
WORD = re.compile(r"`([^`]+)`")


def part(heading: str) -> list[list[set[str]]]:
    """The rows of the tables under a heading: of each cell, the words in code."""
    _, _, text = PAGE.partition(f"\n{heading}\n")
    text = re.split(r"^#", text, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[set(WORD.findall(cell)) for cell in line.strip("|").split("|")] for line in lines]


def first(rows: list[list[set[str]]]) -> set[str]:
    return {name for row in rows for name in row[0]}


@pytest.mark.parametrize("metric", SECTIONS)
def test_every_formula_and_what_it_is_told(metric: str) -> None:
    told = {name: row[2] for row in part(f"### `{metric}`") for name in row[0]}
    assert told == {formula: set(keys) for formula, keys in SECTIONS[metric].items()}


def test_what_formulas_are_told() -> None:
    said = {name: row[1] for row in part("### What formulas are told") for name in row[0]}
    known: dict[str, set[str]] = {}
    for formulas in SECTIONS.values():
        for keys in formulas.values():
            for key, allowed in keys.items():
                if isinstance(allowed, type):
                    values = {"true", "false"} if allowed is bool else set[str]()
                else:
                    values = set(allowed)
                known.setdefault(key, set()).update(values)
    assert said == known


def test_every_table_and_key() -> None:
    assert first(part("# Definitions")) == set(_KEYS[:3]) | {"bands"}
    assert set(re.findall(r"^## `\[(\w+)\]`", PAGE, re.MULTILINE)) == set(_KEYS_OF)
    deployments = part("## `[deployments]`")
    (kinds,) = [row[1] for row in deployments if row[0] == {"kinds"}]
    assert kinds == set(KINDS)
    rules = {"failures": RULES}
    for table, keys in _KEYS_OF.items():
        assert first(part(f"## `[{table}]`")) == {*keys, *rules.get(table, ())}


def test_every_definition_that_ships() -> None:
    assert first(part("## Presets")) == set(Definitions(Settings.load({})).names())


def test_the_example_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "ours.toml").write_text(example)
    settings = Settings.load({"STREAMGAUGE_DORA_DEFINITIONS": str(tmp_path)})
    found = Definitions(settings).named("ours")
    assert found.tiers == ("production",)
    assert found.section("change_lead_time").text("since", "") == "merged"
    assert found.section("deployment_frequency").formula == "days_per_week"
