"""A setting is read as what it should be, or an error names it and keeps its value to itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.sources import Names, Options

READERS: dict[str, Callable[[Options], Any]] = {
    "text": lambda options: options.text("it", "default"),
    "maybe": lambda options: options.maybe("it"),
    "texts": lambda options: options.texts("it", ("default",)),
    "flag": lambda options: options.flag("it", True),
    "table": lambda options: options.table("it"),
    "secrets": lambda options: options.secrets("it"),
    "names": lambda options: options.names("it").table,
}


def from_file(**values: Any) -> Options:
    return Options(Settings(plugins={"docker-hub": values}), "docker-hub")


def from_environment(**values: str) -> Options:
    environ = {f"STREAMGAUGE_DOCKER_HUB_{name.upper()}": value for name, value in values.items()}
    return Options(Settings(environ=environ), "docker-hub")


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        ("text", " live ", "live"),
        ("maybe", "live", "live"),
        ("texts", "a", ("a",)),
        ("texts", "a, b,,c ", ("a", "b", "c")),
        ("texts", ["a,b", " c ", ""], ("a,b", "c")),
        ("texts", [], ()),
        ("flag", True, True),
        ("flag", False, False),
        ("flag", " No ", False),
        ("flag", "1", True),
        ("table", {"shop-*": " live "}, {"shop-*": "live"}),
        ("secrets", "a,b", (b"a,b",)),
        ("secrets", ["neu-ä", "", "old"], ("neu-ä".encode(), b"old")),
        ("secrets", "", ()),
        ("names", {"a": "b"}, {"a": "b"}),
    ],
)
def test_a_value_of_the_file_is_read(reader: str, value: Any, read: Any) -> None:
    assert READERS[reader](from_file(it=value)) == read


def test_what_is_not_set_is_the_default() -> None:
    defaults = {name: read(from_file()) for name, read in READERS.items()}
    assert defaults == {
        "text": "default", "maybe": None, "texts": ("default",), "flag": True, "table": {},
        "secrets": (), "names": {},
    }  # fmt: skip


def test_the_environment_goes_before_the_file_and_parts_lists_by_commas() -> None:
    options = from_environment(it="a,b", flag="true")
    assert options.texts("it") == ("a", "b")
    assert options.secrets("it") == (b"a", b"b")
    assert options.flag("flag")
    both = Options(
        Settings(
            plugins={"docker-hub": {"it": "file"}},
            environ={"STREAMGAUGE_DOCKER_HUB_IT": "environment"},
        ),
        "docker-hub",
    )
    assert both.text("it", "") == "environment"


def test_a_secret_in_the_environment_loses_the_end_of_its_line() -> None:
    assert from_environment(it="new\n, old ").secrets("it") == (b"new", b"old")
    assert from_environment(it=" , ").secrets("it") == ()
    assert from_file(it="new,\n").secrets("it") == (b"new,\n",)
    with pytest.raises(SettingsError, match="white space is none"):
        from_file(it=" ").secrets("it")


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        *(("text", value) for value in (7, "", " ", [SECRET], True)),
        *(("maybe", value) for value in (7, "", " ", [SECRET], True)),
        ("text", f"{SECRET}\n{SECRET}"),
        ("texts", 7),
        ("texts", [SECRET, 7]),
        ("texts", {"a": SECRET}),
        ("flag", "perhaps"),
        ("flag", 1),
        ("flag", None),
        ("table", SECRET),
        ("table", {"a": 7}),
        ("table", {"a": " "}),
        ("table", {"a": f"{SECRET}\0"}),
        ("secrets", 7),
        ("secrets", [SECRET, None]),
        ("names", [SECRET]),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_named_and_not_repeated(reader: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=r"^plugins\.docker-hub\.it must be ") as wrong:
        READERS[reader](from_file(it=value))
    assert SECRET not in str(wrong.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(READERS)), VALUES)
def test_whatever_is_in_the_file(reader: str, value: Any) -> None:
    try:
        read = READERS[reader](from_file(it=value))
    except SettingsError as wrong:
        assert str(wrong).startswith("plugins.docker-hub.it must be ")
    else:
        assert isinstance(read, str | tuple | bool | dict)


def test_an_exact_name_goes_first_and_then_the_patterns_in_their_order() -> None:
    names = Names({"shop-*": "first", "shop-w*": "second", "shop-web": "exact", "[ab]?": "two"})
    asked = ("shop-web", "shop-worker", "a1", "c1", "Shop-x", "")
    assert [names.of(name) for name in asked] == ["exact", "first", "two", None, None, None]
    assert Names().of("anything") is None


def test_a_name_with_the_signs_of_a_pattern_is_found_exactly() -> None:
    assert Names({"a[1]": "one", "a*": "any"}).of("a[1]") == "one"
