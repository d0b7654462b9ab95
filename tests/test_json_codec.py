"""JSON from outside: how deep it may be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import json_codec

levels = st.lists(st.sampled_from(["array", "object", "wide"]), max_size=4)
innermost = st.sampled_from([[], {}])


def nested(kinds: list[str], depth: int, value: Any) -> bytes:
    """JSON of `depth` levels of these kinds, one after the other, with `value` as the last."""
    for level in range(depth - 1):
        match kinds[level % len(kinds)] if kinds else "array":
            case "array":
                value = [value]
            case "object":
                value = {"": value}
            case _:
                value = {"a": "[[{{", "b": value, "c": []}
    return json.dumps(value, separators=(",", ":")).encode()


@given(
    kinds=st.sampled_from([["array"], ["object"], ["array", "object"], ["wide"]]), value=innermost
)
def test_512_levels_are_read_and_not_one_more(kinds: list[str], value: Any) -> None:
    assert json_codec.decode_bounded(nested(kinds, json_codec.DEEPEST, value))
    with pytest.raises(ValueError, match="more than 512 levels"):
        json_codec.decode_bounded(nested(kinds, json_codec.DEEPEST + 1, value))


@given(
    kinds=st.sampled_from([["array"], ["object"], ["array", "object"], ["wide"]]), value=innermost
)
def test_what_stands_in_an_event_has_one_level_less(kinds: list[str], value: Any) -> None:
    assert json_codec.decode_bounded(nested(kinds, json_codec.DEEPEST - 1, value), inside=True)
    with pytest.raises(ValueError, match="more than 512 levels deep, the event around it counted"):
        json_codec.decode_bounded(nested(kinds, json_codec.DEEPEST, value), inside=True)


@pytest.mark.parametrize("depth", [511, 512, 965])
def test_members_that_another_of_their_name_replaces_count_too(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    with_text = b'{"a":"]]}}\\\\\\"]","b":' + deep + b',"b":1}'
    if depth < json_codec.DEEPEST:
        assert json_codec.decode_bounded(with_text)["b"] == 1
        return
    with pytest.raises(ValueError, match="deep"):
        json_codec.decode_bounded(with_text)


@given(kinds=levels, depth=st.integers(1, 300), value=innermost)
def test_what_is_not_so_deep_is_read_whatever_its_size(
    kinds: list[str], depth: int, value: Any
) -> None:
    body = nested(kinds, depth, value)
    assert json_codec.decode_bounded(b"[" + b",".join([body] * 3) + b"]") == [json.loads(body)] * 3


@pytest.mark.parametrize("body", [b"[" * 600, b"[" * 600 + b"]" * 600, b'{"":' * 100_000])
def test_what_is_too_deep_or_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_codec.decode_bounded(body)
