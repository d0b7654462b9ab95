"""Payloads with parts of them changed: JSON again, and now and then another one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from streamgauge.testing import mutated

BODY = b'{"a": {"b": [1, {"c": "text"}]}, "d": null}'


@given(mutated(BODY))
def test_json_stays_json(body: bytes) -> None:
    assert isinstance(json.loads(body), dict)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda found: found == json.loads(BODY),
        lambda found: "a" not in found,
        lambda found: found.get("a") is None,
        lambda found: isinstance(found.get("a"), str),
        lambda found: found.get("a", {}) != {} and found["a"]["b"][1].get("c") == "a\0b",
        lambda found: isinstance(found.get("d"), list),
    ],
)
def test_every_part_is_dropped_and_becomes_anything(wanted: Any) -> None:
    def holds(body: bytes) -> bool:
        try:
            return bool(wanted(json.loads(body)))
        except (AttributeError, IndexError, KeyError, TypeError):
            return False

    assert find(mutated(BODY), holds, settings=settings(max_examples=50_000, database=None))


@given(st.data())
def test_what_is_no_json_is_cut_short_at_most(data: st.DataObject) -> None:
    body = b"payload=%7B%7D"
    assert body.startswith(data.draw(mutated(body)))
