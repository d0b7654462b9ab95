"""The conformance page names tests that exist, and every deviation that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/conformance.md").read_text()
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (?!rule|what \|)[^-]", line)]
NAMED = sorted(set(re.findall(r"`(\S+\.py)::(\w+)`", PAGE)))


def test_every_row_names_a_test() -> None:
    assert len(ROWS) > 60
    for row in ROWS:
        assert re.search(r"`\S+\.py::test_\w+`.* \|$", row), row


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    source = (ROOT / "tests" / file).read_text()
    assert re.search(rf"^def {name}\(", source, re.MULTILINE)


def test_every_deviation_is_on_this_page_and_in_the_gate() -> None:
    gate = (ROOT / "docs/stages/gate.md").read_text()
    source = "".join(path.read_text() for path in (ROOT / "core/streamgauge/cdevents").glob("*.py"))
    rules = set(re.findall(r'(?:Deviation|_gave_way)\(\s*"(\w+)"', source))
    assert len(rules) == 11
    for rule in rules:
        assert f"`{rule}`" in PAGE
        assert f"`{rule}`" in gate
