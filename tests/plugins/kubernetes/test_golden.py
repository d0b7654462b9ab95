"""Logs and what they give, to the last byte: golden/*.json.

Each file holds settings and, for every event, the CDEvents that it gives. Run with
pytest --golden=update writes what the transformer gives now; then read the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cloudevents import to_sdk
from tests.plugins.kubernetes.builders import RECORDED, fold_each, transformer

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_log_gives_what_it_gave(path: Path, request: pytest.FixtureRequest) -> None:
    case: dict[str, Any] = json.loads(path.read_bytes())
    events = [to_sdk(json.dumps(step["event"]).encode(), RECORDED) for step in case["log"]]
    given = fold_each(events, transformer(**case["settings"]))
    documents = [[cdevent.document for cdevent in each] for each in given]
    if request.config.getoption("--golden") == "update":
        for step, each in zip(case["log"], documents, strict=True):
            step["cdevents"] = each
        path.write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [step["cdevents"] for step in case["log"]] == documents


def test_there_are_some() -> None:
    assert GOLDEN
