"""Expressions: what they see, what fails, and what the library must not do to a worker."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import json_codec
from streamgauge.errors import PluginError
from streamgauge.expressions import Expression, ExpressionFailed, InvalidExpression, Values

ATTRIBUTES = {"type": "com.example.build", "time": "2026-03-01T12:00:00Z"}


def value(source: str, data: Any = None) -> Any:
    return Expression(source).value(Values(ATTRIBUTES, data))


@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ("event.type", None, "com.example.build"),
        ("data.a.b[1]", {"a": {"b": [1, 2]}}, 2),
        ("data.n == 1 && data.n == 1.0", {"n": 1}, True),
        ("data", {"a": [None, True, {"b": 1.5}]}, {"a": [None, True, {"b": 1.5}]}),
        ("data", None, None),
        ("[null, data.a]", {"a": None}, [None, None]),
        ("timestamp(event.time)", None, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("duration('90m')", None, timedelta(minutes=90)),
        ("data.s.split('/')[1]", {"s": "a/b"}, "b"),
        ("data[?'x'].orValue('none')", {}, "none"),
        ("data.?x", {"x": 1}, 1),
        ("data.?x", {}, None),
        ("{'b': 1, 'a': null}", None, {"a": None, "b": 1}),
        ("size(data)", "text", 4),
        ("data == b'abc'", b"abc", True),
    ],
)
def test_the_value_of_an_expression(source: str, data: Any, expected: Any) -> None:
    assert value(source, data) == expected


@pytest.mark.parametrize(
    ("source", "data", "reason"),
    [
        ("data.a.b", {"a": {}}, 'Key not found in map : "b"'),
        ("data.a", None, "Applying SELECT"),
        ("1 / data.n", {"n": 0}, "divide by zero"),
        ("data[?'x']", {"x": 1}, "gives an optional: .* .orValue"),
        ("data.n + 'a'", {"n": 1}, "No matching overloads"),
    ],
)
def test_what_has_no_value_says_why(source: str, data: Any, reason: str) -> None:
    with pytest.raises(ExpressionFailed, match=reason) as caught:
        value(source, data)
    assert repr(source) in str(caught.value)


def test_what_is_no_boolean_is_no_condition() -> None:
    with pytest.raises(ExpressionFailed, match="gives 1, which is not true or false"):
        Expression("data").holds(Values({}, 1))
    assert Expression("data").holds(Values({}, True))
    may = {s: Expression(s).may_be_condition for s in ("data.x", "data[?0]", "1 < 2", "'a'", "1")}
    assert may == {"data.x": True, "data[?0]": True, "1 < 2": True, "'a'": False, "1": False}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 +", "line 1, column 4: Syntax error"),
        ("true &&\n x.y", "line 2, column 3: undeclared reference to 'x.y'$"),
        ("1 + 'a'", "line 1, column 3: found no matching overload"),
        ("", "line 1, column 1: Syntax error"),
        ("(" * 5000 + ")" * 5000, "."),
    ],
)
def test_what_is_no_expression_says_where(source: str, reason: str) -> None:
    with pytest.raises(InvalidExpression, match=reason):
        Expression(source)


@pytest.mark.parametrize("odd", [2**64, -(2**63) - 1, 10**30, 10**400, "\ud800", "a\udfffb"])
@pytest.mark.parametrize("place", ["value", "key", "deep"])
def test_what_the_library_cannot_hold_harms_nothing_beside_it(odd: Any, place: str) -> None:
    if place == "key":
        data: dict[str, Any] = {str(odd)[:100]: 1}
    else:
        data = {"odd": odd if place == "value" else [{"x": [odd]}]}
    data["n"] = 1
    values = Values(ATTRIBUTES, data)
    assert Expression("data.n == 1").holds(values)
    assert Expression("event.type == 'com.example.build'").holds(values)
    with pytest.raises(ExpressionFailed, match="Key not found"):
        Expression("data.missing").value(values)


def test_an_item_is_mended_with_the_data() -> None:
    values = Values(ATTRIBUTES, {"n": 2**64}).with_item({"odd": 10**30, "n": 1})
    assert Expression("item.n == 1 && data.n > 1.0").holds(values)


def test_a_whole_number_beyond_64_bits_is_a_fraction() -> None:
    assert value("data.n > 1e20", {"n": 10**30})
    assert value("data.n", {"n": 2**64}) == float(2**64)
    assert value("data.n", {"n": 2**64 - 1}) == 2**64 - 1
    assert value("data.n", {"n": 10**400}) == float("inf")
    assert value("data.t", {"t": "a\ud800"}) == "a\ufffd"


def test_a_text_is_cut_at_u_0000() -> None:
    assert value("data.t", {"t": "a\0b"}) == "a"


def test_a_loop_over_too_much_fails_instead_of_taking_its_time() -> None:
    assert value("data.all(x, x >= 0)", [*range(9000)])
    for source in ("data.all(x, x >= 0)", "data.all(x, data.all(y, x >= y || x < y))"):
        with pytest.raises(ExpressionFailed, match="Iteration budget exceeded"):
            value(source, [*range(10_001)])


def test_nulls_take_nothing_from_the_interpreters_none() -> None:
    """The library gives away a reference to None that is not its own, with every null."""
    values = Values({}, {"a": None, "many": [None] * 100})
    expressions = [Expression(s) for s in ("null", "data.a", "data", "[data.a]", "data.many")]
    for expression in expressions:
        expression.value(values)
    before = sys.getrefcount(None)
    for _ in range(1000):
        for expression in expressions:
            expression.value(values)
    assert abs(sys.getrefcount(None) - before) < 1000


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
ASKED = [
    Expression(s)
    for s in (
        "data",
        "data == data",
        "data.a",
        "data.exists(x, x == 1)",
        "string(data)",
        "data[?0]",
    )
]


@given(documents)
def test_any_data_gives_a_value_that_json_can_hold_or_a_reason(data: Any) -> None:
    values = Values(ATTRIBUTES, data)
    for expression in ASKED:
        try:
            found = expression.value(values)
        except ExpressionFailed as error:
            assert expression.source in str(error)
        else:
            json_codec.encode(found)
    assert Expression("event.type == 'com.example.build'").holds(values)


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamgauge import expressions

    expressions._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(PluginError, match=r"pip install 'streamgauge\[cel\]'"):
        Expression("true")
