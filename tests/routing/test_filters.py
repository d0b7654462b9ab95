"""The dialects of CloudEvents' Subscriptions API, against a second reading of its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import RoutesError
from streamgauge.routing.filters import described, parse_filters, texts_of

NAMES = ("type", "source", "subject", "n")
TEXTS = ("a", "b", "ab", "ba", "aba", "A")
pairs = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), min_size=1, max_size=3)
filters: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(("exact", "prefix", "suffix")).flatmap(lambda d: pairs.map(lambda p: {d: p})),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"all": several}),
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"any": several}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)
events = st.fixed_dictionaries(
    {"type": st.sampled_from(TEXTS), "source": st.sampled_from(TEXTS)},
    optional={"subject": st.sampled_from(TEXTS), "n": st.sampled_from(TEXTS)},
)


def holds(written: Any, event: Mapping[str, str]) -> bool:
    """Section 3.2.4 of the Subscriptions API, sentence by sentence."""
    if "all" in written:
        return [holds(each, event) for each in written["all"]].count(False) == 0
    if "any" in written:
        return [holds(each, event) for each in written["any"]].count(True) > 0
    if "not" in written:
        return holds(written["not"], event) is False
    for name in written.get("exact", {}):
        if name not in event or event[name] != written["exact"][name]:
            return False
    for name in written.get("prefix", {}):
        wanted = written["prefix"][name]
        if name not in event or event[name][: len(wanted)] != wanted:
            return False
    for name in written.get("suffix", {}):
        wanted = written["suffix"][name]
        if name not in event or event[name][-len(wanted) :] != wanted:
            return False
    return True


@given(st.lists(filters, min_size=1, max_size=3), events)
def test_a_list_of_filters_holds_as_the_specification_says(
    written: list[Any], event: dict[str, str]
) -> None:
    made = parse_filters(written, "here")
    expected = all(holds(each, event) for each in written)
    assert made.passes(event) is expected
    assert (made.fault(event) is None) is expected


@given(filters, events)
def test_one_mapping_is_a_list_of_one(written: Any, event: dict[str, str]) -> None:
    assert parse_filters(written, "here").passes(event) is holds(written, event)


@given(filters, events, st.lists(events, max_size=5))
def test_what_a_type_decides_it_decides_for_every_event_of_it(
    written: Any, event: dict[str, str], others: list[dict[str, str]]
) -> None:
    decided = parse_filters(written, "here").given_type(event["type"])
    for other in others:
        if decided is not None:
            assert holds(written, {**other, "type": event["type"]}) is decided


@pytest.mark.parametrize(
    ("written", "decided"),
    [
        ({"exact": {"type": "a"}}, True),
        ({"exact": {"type": "b"}}, False),
        ({"exact": {"type": "a", "source": "x"}}, None),
        ({"exact": {"type": "b", "source": "x"}}, False),
        ({"prefix": {"source": "x"}}, None),
        ({"any": [{"exact": {"type": "a"}}, {"exact": {"source": "x"}}]}, True),
        ({"any": [{"exact": {"type": "b"}}, {"exact": {"source": "x"}}]}, None),
        ({"any": [{"exact": {"type": "b"}}, {"suffix": {"type": "c"}}]}, False),
        ({"all": [{"exact": {"type": "a"}}, {"exact": {"source": "x"}}]}, None),
        ({"not": {"prefix": {"type": "b"}}}, True),
        ({"not": {"exact": {"source": "x"}}}, None),
    ],
)
def test_a_type_alone_decides_where_it_can(written: Any, decided: bool | None) -> None:
    assert parse_filters(written, "here").given_type("a") is decided


def test_attributes_are_compared_as_the_text_that_cloudevents_has_for_them() -> None:
    texts = texts_of({"id": "1", "yes": True, "no": False, "n": -7, "time": "2026-01-01T00:00:00Z"})
    wanted = {"yes": "true", "no": "false", "n": "-7", "time": "2026-01-01T00:00:00Z"}
    assert parse_filters({"exact": wanted}, "here").passes(texts)
    assert parse_filters({"prefix": {"time": "2026-01-"}}, "here").passes(texts)
    assert not parse_filters({"exact": {"n": "-7.0"}}, "here").passes(texts)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({"exact": {"type": "b"}}, "exact: type is 'a', not 'b'"),
        ({"prefix": {"type": "b"}}, "prefix: type is 'a', which does not start with 'b'"),
        ({"suffix": {"type": "b"}}, "suffix: type is 'a', which does not end with 'b'"),
        ({"exact": {"subject": "b"}}, "exact: subject is not there"),
        ({"all": [{"exact": {"type": "a"}}, {"exact": {"n": "b"}}]}, "exact: n is not there"),
        (
            {"any": [{"exact": {"type": "c"}}, {"exact": {"n": "b"}}]},
            "any: exact: type is 'a', not 'c'; exact: n is not there",
        ),
        (
            {"not": {"any": [{"exact": {"type": "a"}}, {"not": {"prefix": {"n": "b"}}}]}},
            "not: it passes any (exact type 'a'; not prefix n 'b')",
        ),
    ],
)
def test_what_fails_first_is_said(written: Any, fault: str) -> None:
    assert parse_filters(written, "here").fault({"type": "a"}) == fault


def test_filters_are_described_on_one_line() -> None:
    written = [{"exact": {"type": "a", "n": "1"}}, {"all": [{"suffix": {"n": "b"}}]}]
    assert described(written) == "exact type 'a', n '1'; all (suffix n 'b')"
    assert described({"not": {"exact": {"n": "b"}}}) == "not exact n 'b'"
    assert described(None) == ""


def in_each_other(depth: int) -> Any:
    written: Any = {"exact": {"type": "a"}}
    for _ in range(depth):
        written = {"not": written}
    return written


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ([], "here: a list of filters is needed, with at least one"),
        (None, "here: a list of filters is needed"),
        ("exact", "here: a list of filters is needed"),
        (
            [None],
            r"here\[1\]: a filter is a mapping with one of exact, prefix, suffix, all, any, n",
        ),
        ({}, "here: a filter is a mapping with one of"),
        ({"exact": {"type": "a"}, "prefix": {"type": "a"}}, "here: a filter is a mapping with one"),
        (
            {"sql": "true"},
            "here: there is no 'sql'; there are: exact, prefix, suffix, all, any, not",
        ),
        ([{"exact": {"type": "a"}}, {"Exact": {}}], r"here\[2\]: there is no 'Exact'"),
        ({"exact": {}}, "here.exact: attributes and their texts are needed"),
        ({"exact": ["type"]}, "here.exact: attributes and their texts are needed"),
        ({"exact": {"Type": "a"}}, "here.exact: 'Type' is no attribute"),
        ({"exact": {"data": "a"}}, "here.exact: 'data' is no attribute"),
        ({"exact": {1: "a"}}, "here.exact: 1 is no attribute"),
        ({"exact": {"n": 7}}, "here.exact.n: 7 is no text; put it in quotes"),
        ({"suffix": {"n": ""}}, "here.suffix.n: the text must not be empty"),
        ({"all": []}, "here.all: a list of filters is needed, with at least one"),
        ({"any": {"exact": {"n": "a"}}}, "here.any: a list of filters is needed"),
        ({"any": [{"not": {}}]}, r"here.any\[1\].not: a filter is a mapping"),
        ({"not": [{"exact": {"n": "a"}}]}, "here.not: a filter is a mapping"),
        (in_each_other(21), r"here(\.not){21}: filters stand more than 20 deep"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_with_the_place(written: Any, reason: str) -> None:
    with pytest.raises(RoutesError, match=f"^{reason}"):
        parse_filters(written, "here")
    assert parse_filters(in_each_other(20), "here").passes({"type": "a"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | filters,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("exact", "prefix", "suffix", "all", "any", "not", "type", "x")),
                inner,
                max_size=2,
            )
        ),
        max_leaves=8,
    )
)
def test_anything_gives_filters_or_a_reason(written: Any) -> None:
    try:
        made = parse_filters(written, "here")
    except RoutesError as error:
        assert str(error).startswith("here")
    else:
        assert made.given_type("a") in (True, False, None)
        assert described(written)
