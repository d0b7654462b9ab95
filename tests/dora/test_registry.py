"""What definition files may name is what there is, and what answers say is explained."""

from __future__ import annotations

import re
from pathlib import Path

from streamgauge_dora.asking.explaining import REASONS
from streamgauge_dora.defining.sections import SECTIONS
from streamgauge_dora.formulas.registry import FORMULAS

PAGE = Path(__file__).parents[2] / "docs/reference/http.md"


def test_every_formula_that_a_file_may_name_is_there() -> None:
    assert {metric: set(formulas) for metric, formulas in FORMULAS.items()} == {
        metric: set(formulas) for metric, formulas in SECTIONS.items()
    }


def test_every_reason_is_on_the_page_as_it_is_told() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE))
    assert {word: rows.get(word) for word in REASONS} == dict(REASONS)
