"""Texts with expressions in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.declarative.templates import template
from streamgauge.errors import InvalidTransformer
from streamgauge.expressions import ExpressionFailed, Values

EVENT = {"type": "com.example.done", "source": "/test"}
DATA = {"name": "shop", "n": 7, "half": 0.5, "yes": True, "none": None, "list": [1, 2], "o": {}}


def value(text: Any, data: Any = DATA) -> Any:
    return template(text, "here")(Values(EVENT, data))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${data.name}", "shop"),
        ("${data.n}", 7),
        ("${ data.half }", 0.5),
        ("${data.yes}", True),
        ("${data.none}", None),
        ("${data.list}", [1, 2]),
        ("${data.?missing}", None),
        ("${data.?name}", "shop"),
        ("${data.?missing.orValue('x')}", "x"),
        ("a ${data.name} and ${data.n}, ${data.yes}", "a shop and 7, true"),
        ("${event.type}", "com.example.done"),
        ("$${data.name}", "${data.name}"),
        ("100$ and {braces}", "100$ and {braces}"),
        ("${'}'}", "}"),
        ('${"{"}', "{"),
        ("${{'a': {'b': 1}}}", {"a": {"b": 1}}),
        ("${'it\\'s }'}", "it's }"),
        ("${r'}\\n'}", "}\\n"),
        ("${'''a ' }'''}", "a ' }"),
        (["${data.n}", "${data.?missing}", "x"], [7, "x"]),
        ({"a": {"b": "${data.name}"}, "gone": "${data.?missing}"}, {"a": {"b": "shop"}}),
        (5, 5),
        (None, None),
        (False, False),
    ],
)
def test_gives_the_value_of_what_it_says(text: Any, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${data.name", "is not closed"),
        ("${}", "Syntax error"),
        ("${nobody.knows}", "undeclared reference"),
        ({1: "x"}, "are texts"),
        ({"a": ["x", "${"]}, "here/a/1: '${': a ${ is not closed"),
        (float("nan"), "no such number"),
    ],
)
def test_a_text_that_is_wrong_says_where(text: Any, reason: str) -> None:
    with pytest.raises(InvalidTransformer, match=r"^here") as caught:
        value(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("${data.missing}", "missing"), ("x ${data.list}", "cannot stand in a text")],
)
def test_a_value_that_is_not_there_fails(text: str, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=reason):
        value(text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner),
    max_leaves=8,
)


@given(JSON.filter(lambda each: each is not None))
def test_one_expression_gives_the_value_as_it_is(data: Any) -> None:
    assert json.dumps(value("${data}", data), sort_keys=True) == json.dumps(data, sort_keys=True)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_can_always_be_written_so_that_it_means_itself(text: str) -> None:
    assert value(text.replace("${", "$${")) == text


@given(st.text("${}'\"dat.\\x\n r"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        made = template(text, "here")
    except InvalidTransformer:
        return
    try:
        made(Values(EVENT, DATA))
    except ExpressionFailed:
        return
