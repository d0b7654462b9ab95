"""A tool that goes on saying what is deployed tells of a deployment only when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.sources import Deployments

START = datetime(2026, 3, 1, tzinfo=UTC)
VERSIONS = st.lists(st.sampled_from("abc"), min_size=1, max_size=12)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def test_before_is_what_was_in_place_then() -> None:
    known = Deployments(None)
    assert known.before(at(9)) is None
    known.add(at(1), "a", "1")
    known.add(at(3), "b", "2")
    assert [known.before(at(hour)) for hour in (1, 2, 3, 4)] == [None, "a", "a", "b"]


@given(VERSIONS)
def test_each_change_is_told_once_however_often_it_is_said(versions: list[str]) -> None:
    known = Deployments(None)
    told = [known.add_change(at(n), version, str(n)) for n, version in enumerate(versions)]
    changes = [done for done in told if done is not None]
    assert len(changes) == len(list(groupby(versions)))
    assert changes[0] == "deployed" and "deployed" not in changes[1:]


@given(VERSIONS)
def test_what_is_sent_again_is_named_as_before_or_not_told(versions: list[str]) -> None:
    known = Deployments(None)
    told = [known.add_change(at(n), version, str(n)) for n, version in enumerate(versions)]
    again = Deployments(known.state())
    for n, version in enumerate(versions):
        assert again.add_change(at(n), version, str(n)) == told[n]
    assert again.state() == known.state()


def test_one_that_comes_late_finds_its_place() -> None:
    known = Deployments(None)
    assert known.add_change(at(1), "a", "1") == "deployed"
    assert known.add_change(at(5), "c", "3") == "upgraded"
    assert known.add_change(at(3), "b", "2") == "upgraded"
    assert known.add_change(at(4), "b", "2b") is None
    assert known.latest == "c"


def test_an_older_report_of_what_is_in_place_only_moves_its_beginning() -> None:
    known = Deployments(None)
    assert known.add_change(at(1), "a", "1") == "deployed"
    assert known.add_change(at(5), "b", "2") == "upgraded"
    assert known.add_change(at(3), "b", "3") is None
    assert known.before(at(4)) == "b"
    assert known.add_change(at(4), "b", "4") is None
