"""Paths of plugins: what a template may be, and that no two things answer at one path."""

from __future__ import annotations

from types import SimpleNamespace

import falcon.inspect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.paths import RESERVED, Paths, fields_of
from streamgauge.settings import Settings
from streamgauge_http.app import create_app
from streamgauge_http.mounting import MountedPath
from streamgauge_http.runtime import Runtime


def thing(*paths: object, name: str = "toy") -> SimpleNamespace:
    return SimpleNamespace(name=name, paths=paths)


@pytest.mark.parametrize(
    "path",
    [
        *("", "a", "/", "a/b", "/a/", "/a//b", "/a b", "/a/{b", "/a/b}", "/a/{b}c", "/a/{B}"),
        *("/a/{}", "/a/{b:int}", "/a/..", "/.", "/ä", "/a%20b", "/a?b", "/a\n"),
    ],
)
def test_what_is_no_template_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path such as"):
        Paths().claim(thing(path))


@pytest.mark.parametrize(
    "path", ["/{all}", "/{a}/b", *(f"/{first}/toy" for first in sorted(RESERVED))]
)
def test_the_services_own_paths_are_its_own(path: str) -> None:
    with pytest.raises(ValueError, match="would lie over paths of Streamgauge's own"):
        Paths().claim(thing(path))


def test_the_services_own_paths_are_reserved() -> None:
    runtime = Runtime(Settings.load({}), "postgresql:///never")
    runtime.plugins.receivers.clear()
    runtime.plugins.endpoints.clear()
    paths = {route.path for route in falcon.inspect.inspect_routes(create_app(runtime))}
    runtime.database.close()
    firsts = {path.split("/")[1] for path in paths} - {""}
    assert len(firsts) >= 6
    assert firsts <= RESERVED


@pytest.mark.parametrize("paths", [5, "/a", ["/a", 5], None, {"/a"}])
def test_paths_are_a_sequence_of_texts(paths: object) -> None:
    with pytest.raises(ValueError, match="'toy': "):
        Paths().claim(SimpleNamespace(name="toy", paths=paths))


def test_a_name_stands_for_one_part() -> None:
    with pytest.raises(ValueError, match="one name twice"):
        Paths().claim(thing("/a/{b}/{b}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/b", "/a/b"),
        ("/a/{b}", "/a/{c}"),
        ("/a/{b}/d", "/a/b/d"),
        ("/a/b/{c}", "/a/{b}/c"),
    ],
)
def test_a_path_that_two_could_mean_is_the_firsts(one: str, other: str) -> None:
    paths = Paths()
    paths.claim(thing(one, name="first"))
    with pytest.raises(ValueError, match=r"'later': .* is taken by 'first'"):
        paths.claim(thing("/free", other, name="later"))
    paths.claim(thing("/free"))  # the later one has taken none


def test_of_ones_own_paths_none_lies_over_another() -> None:
    with pytest.raises(ValueError, match="is taken by 'toy'"):
        Paths().claim(thing("/a/{b}", "/a/b"))


def test_paths_that_differ_somewhere_are_two() -> None:
    paths = Paths()
    for each in ("/a", "/a/{b}", "/a/{b}/c", "/a/{x}/d", "/b/{b}/c"):
        paths.claim(thing(each))
    paths.claim(SimpleNamespace(name="without"))


SEGMENTS = st.lists(st.sampled_from(["a", "b", "{x}", "{y}"]), min_size=1, max_size=3)


@given(SEGMENTS, SEGMENTS, st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3))
def test_a_path_has_one_owner(one: list[str], other: list[str], path: list[str]) -> None:
    """What is not refused can both be mounted, and no path is meant by both."""

    def means(template: list[str]) -> bool:
        return len(template) == len(path) and all(
            t == p or t.startswith("{") for t, p in zip(template, path, strict=True)
        )

    paths = Paths()
    try:
        paths.claim(thing("/" + "/".join(["x", *one])))
        paths.claim(thing("/" + "/".join(["x", *other])))
    except ValueError:
        return
    assert not (means(one) and means(other))


def test_a_name_is_mounted_by_its_place() -> None:
    assert fields_of("/a/{b}/c/{d}") == {1: "b", 3: "d"}
    path = MountedPath("/a/{b}/c/{d}")
    assert path.template == "/a/{part1}/c/{part3}"
    assert path.parameters({"part1": "one", "part3": "three"}) == {"b": "one", "d": "three"}
