"""Every row of the mapping: the CDEvents that a call gives, whole, in golden/NAME.json.

After a change that is meant, `pytest --golden=update` writes them anew; the diff
is the review.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import validate

from .samples import CASES, received, transformed

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_gives_what_the_mapping_says(name: str, golden: Callable[[Path, Any], None]) -> None:
    made = [event.document for event in transformed([received(*CASES[name])])]
    for document in made:
        validate(document)
    golden(GOLDEN / f"{name}.json", made)


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(CASES)
