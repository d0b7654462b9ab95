"""The page of complaints names every test of them, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_and_the_tests_are_about_the_same_complaints() -> None:
    page = (ROOT / "docs/explanation/complaints.md").read_text()
    source = (ROOT / "tests/dora/test_complaints.py").read_text()
    named = re.findall(r"`(test_\d\d_\w+)`", page)
    assert named == re.findall(r"^def (test_(?!00)\d\d_\w+)\(", source, re.MULTILINE)
    assert {name[5:7] for name in named} == {f"{n:02}" for n in range(1, 16)}
