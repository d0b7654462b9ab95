"""Every row of the mapping: the CDEvents that a call gives, whole, in golden/NAME.json.

After a change that is meant, `WRITE_GOLDEN=write python -m pytest tests/plugins/devlake`
writes them anew; the diff is the review.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from streamgauge.cdevents import validate

from .samples import CASES, received, transformed

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_gives_what_the_mapping_says(name: str) -> None:
    made = [event.document for event in transformed([received(*CASES[name])])]
    for document in made:
        validate(document)
    file = GOLDEN / f"{name}.json"
    if os.environ.get("WRITE_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(file.read_text(encoding="utf-8"))


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(CASES)
