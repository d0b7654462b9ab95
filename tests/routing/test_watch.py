"""Files that are watched: what counts as a change, and what a wrong one does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.errors import RoutesError
from streamgauge.processors import watch as module
from streamgauge.processors.watch import Watch
from tests.service import eventually


class Taken:
    """What was made of a file each time that it was read; `wrong` in it is an error."""

    def __init__(self, read: Callable[[], str]) -> None:
        self.all: list[str] = []
        self._read = read

    def renew(self) -> None:
        text = self._read()
        if text == "wrong":
            raise RoutesError("line 3 is wrong")
        if text == "odd":
            raise ZeroDivisionError("by nothing")
        self.all.append(text)


def look_twice(watch: Watch) -> None:
    watch.look()
    watch.look()


def test_a_change_is_taken_up_once_and_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("one")
    taken = Taken(path.read_text)
    watch = Watch("the table", [path], taken.renew)
    look_twice(watch)
    assert taken.all == []
    path.write_text("tw")
    watch.look()
    path.write_text("two")  # whoever writes it was not done
    watch.look()
    assert taken.all == []
    look_twice(watch)
    assert taken.all == ["two"]
    path.touch()
    look_twice(watch)
    assert taken.all == ["two"]


def test_a_change_before_the_first_look_counts(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("one")
    taken = Taken(path.read_text)
    watch = Watch("the table", [path], taken.renew)
    path.write_text("two")
    look_twice(watch)
    assert taken.all == ["two"]


def test_a_configmap_is_swapped_by_a_link(tmp_path: Path) -> None:
    for version in ("one", "two"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}/routes.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("..one")
    path = tmp_path / "routes.yaml"
    path.symlink_to("..data/routes.yaml")
    taken = Taken(path.read_text)
    watch = Watch("the table", [path], taken.renew)
    (tmp_path / "..new").symlink_to("..two")
    (tmp_path / "..new").replace(tmp_path / "..data")
    look_twice(watch)
    assert taken.all == ["two"]


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "transformers"
    folder.mkdir()
    taken = Taken(lambda: " ".join(sorted(path.name for path in folder.iterdir())))
    watch = Watch("the transformers", [folder, tmp_path / "absent"], taken.renew)
    for change in (
        lambda: (folder / "a").write_text("1"),
        lambda: (folder / "b").write_text("1"),
        lambda: (folder / "b").rename(folder / "c"),
        lambda: (folder / "a").unlink(),
        lambda: (tmp_path / "absent").write_text("no more"),
        lambda: (folder / "d").mkdir(),
    ):
        change()
        look_twice(watch)
    assert taken.all == ["a", "a b", "a c", "c", "c", "c d"]


def test_what_is_wrong_is_logged_once_and_the_old_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("one")
    taken = Taken(path.read_text)
    watch = Watch("the table", [path], taken.renew)
    with caplog.at_level(logging.INFO):
        for text in ("wrong", "odd", "two"):
            path.write_text(text)
            look_twice(watch)
            look_twice(watch)
        path.unlink()
        look_twice(watch)
    assert caplog.messages[:3] == [
        "the table stays as it was: line 3 is wrong",
        "the table stays as it was: ZeroDivisionError: by nothing",
        "the table was read anew",
    ]
    assert caplog.messages[3].startswith("the table stays as it was: FileNotFoundError")
    assert len(caplog.messages) == 4
    assert taken.all == ["two"]
    path.write_text("two")  # as before: it is in force, and the next reading says so
    look_twice(watch)
    assert taken.all == ["two", "two"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(("one", "two", "three", "wrong", None)), max_size=20))
def test_the_last_right_content_is_in_force(tmp_path: Path, steps: list[str | None]) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text("one")
    taken = Taken(path.read_text)
    watch = Watch("the table", [path], taken.renew)
    in_force, content, last, settled = "one", "one", "one", "one"
    for step in steps:
        if step is None:
            watch.look()
            if content == last and content != settled:
                settled = content
                in_force = in_force if content == "wrong" else content
            last = content
            assert (["one", *taken.all])[-1] == in_force
        else:
            path.write_text(step)
            content = step


def test_it_looks_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    path = tmp_path / "routes.yaml"
    path.write_text("one")
    taken = Taken(path.read_text)
    stop = threading.Event()
    watch = Watch("the table", [path], taken.renew)
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    path.write_text("two")
    eventually(lambda: taken.all == ["two"])
    stop.set()
    thread.join()
    Watch("nothing", [], taken.renew).run(threading.Event())  # with nothing to watch it returns
