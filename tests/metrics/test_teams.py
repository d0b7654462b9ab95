"""Teams: whose a service is on a day, by the first entry; read again when the file changes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.errors import SettingsError
from streamgauge.metrics.teams import Entry, Teams
from streamgauge.settings import Settings

DAY = date(2025, 6, 1)
FILE = """
[[team]]
name = "payments"
services = ["acme/pay", "acme/pay-*"]
repositories = ["github.com/acme/pay*"]
until = 2025-07-01

[[team]]
name = "checkout"
services = ["acme/pay", "acme/shop"]
from = 2025-03-01

[[team]]
name = "platform"
services = ["*"]
repositories = ["github.com/acme/*"]
from = 2025-09-01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "teams.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("service", "repository", "day", "team"),
    [
        ("acme/pay", None, "2025-06-30", "payments"),  # checkout's too, but further down
        ("acme/pay", None, "2025-07-01", "checkout"),
        ("acme/pay-api", None, "2025-06-30", "payments"),
        ("acme/pay-api", None, "2025-07-01", None),
        ("acme/pay-api", None, "2025-09-01", "platform"),
        ("acme/payments", None, "2025-06-30", None),
        ("acme/shop", None, "2025-02-28", None),
        ("acme/shop", None, "2025-03-01", "checkout"),
        # The service says more than the repository does, wherever its entry stands.
        ("acme/shop", "github.com/acme/pay", "2025-06-30", "checkout"),
        ("acme/shop", "github.com/acme/pay", "2025-02-28", "payments"),
        (None, "github.com/acme/pay/sub", "2025-06-30", "payments"),
        (None, "github.com/acme/pay", "2025-07-01", None),
        (None, "github.com/acme/shop", "2025-09-01", "platform"),
        (None, None, "2025-09-01", None),
        ("any\nthing", None, "2030-01-01", "platform"),
    ],
)
def test_whose_it_is(
    tmp_path: Path, service: str | None, repository: str | None, day: str, team: str | None
) -> None:
    teams = Teams.load(written(tmp_path, FILE))
    assert teams.of(service, repository, date.fromisoformat(day)) == team
    assert teams.names() == ("checkout", "payments", "platform")


def test_without_the_setting_there_are_none(tmp_path: Path) -> None:
    teams = Teams.configured(Settings.load({}))
    assert (teams.names(), teams.of("a", "b", DAY), teams.fresh()) == ((), None, teams)
    path = written(tmp_path, FILE)
    assert Teams.configured(Settings.load({"STREAMGAUGE_TEAMS": str(path)})).names() != ()


def test_the_file_of_the_page_is_as_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/teams.md").read_text()
    (text,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    teams = Teams.load(written(tmp_path, text))
    assert teams.of("acme/pay-api", None, date(2025, 12, 31)) == "payments"
    assert teams.of("acme/pay-api", None, date(2026, 1, 1)) == "checkout"


def fits(pattern: str, name: str) -> bool:
    """As a schoolbook has it, tried at every place."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(fits(pattern[1:], name[n:]) for n in range(len(name) + 1))
    return bool(name) and name[0] == pattern[0] and fits(pattern[1:], name[1:])


def naive(
    entries: Sequence[Entry], service: str | None, repository: str | None, day: date
) -> str | None:
    """One question after the other, without any memory."""
    held = [entry for entry in entries if entry.first <= day < entry.after]
    by_service = [e.team for e in held if any(fits(p, service or "") for p in e.services)]
    if service is not None and by_service:
        return by_service[0]
    by_repository = [e.team for e in held if any(fits(p, repository or "") for p in e.repositories)]
    return by_repository[0] if repository is not None and by_repository else None


names = st.text("ab.[", min_size=1, max_size=4)
patterns = st.lists(st.text("ab.[*", min_size=1, max_size=5), max_size=3)
days = st.integers(0, 12).map(lambda n: DAY + timedelta(days=n))
entries = st.builds(
    lambda team, services, repositories, days: Entry(team, services, repositories, *sorted(days)),
    st.sampled_from("xyz"),
    patterns,
    patterns,
    st.lists(days | st.just(date.min) | st.just(date.max), min_size=2, max_size=2, unique=True),
)


@given(
    entries=st.lists(entries, max_size=6),
    asked=st.lists(st.tuples(st.none() | names, st.none() | names, days), max_size=20),
)
def test_against_a_naive_search(
    entries: list[Entry], asked: list[tuple[str | None, str | None, date]]
) -> None:
    teams = Teams(entries)
    for question in asked:
        assert teams.of(*question) == naive(entries, *question)


@given(entries=st.lists(entries, max_size=6), name=names, more=st.lists(names), day=days)
def test_a_service_that_is_named_is_one_teams_whatever_its_repository(
    entries: list[Entry], name: str, more: list[str], day: date
) -> None:
    teams = Teams(entries)
    team = teams.of(name, None, day)
    assert team is None or {teams.of(name, repository, day) for repository in more} <= {team}


def test_many_stars_take_no_time_to_speak_of() -> None:
    teams = Teams([Entry("x", ["*a" * 40 + "*b"], [])])
    assert teams.of("a" * 5000, None, DAY) is None
    assert teams.of("a" * 5000 + "b", None, DAY) == "x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tables [[team]]"),
        ("team = 1", "tables [[team]]"),
        ('[team]\nname = "x"', "tables [[team]]"),
        ('[[team]]\nname = "x"\nservices = ["a"]\n[other]', "tables [[team]]"),
        ("[[team]", "not TOML"),
        ("team = [1]", "[[team]] 1: must be a table"),
        ('[[team]]\nservices = ["a"]', "[[team]] 1: 'name' must be"),
        ('[[team]]\nname = " "\nservices = ["a"]', "(' '): 'name' must be"),
        ('[[team]]\nname = "a\\n"\nservices = ["a"]', "'name' must be"),
        ('[[team]]\nname = "x"', "[[team]] 1 ('x'): must have 'services' or 'repositories'"),
        ('[[team]]\nname = "x"\nservices = "a"', "'services' must be a list of texts"),
        ('[[team]]\nname = "x"\nservices = [""]', "'services' must be a list of texts"),
        ('[[team]]\nname = "x"\nrepositories = [1]', "'repositories' must be a list"),
        ('[[team]]\nname = "x"\nservice = ["a"]', "there is no service; there are: name, services"),
        ('[[team]]\nname = "x"\nservices = ["a"]\nfrom = "2025-01-01"', "'from' must be a day"),
        ('[[team]]\nname = "x"\nservices = ["a"]\nuntil = 2025-01-01T00:00:00Z', "'until' must"),
        ('[[team]]\nname = "x"\nservices = ["a"]\nfrom = 2025-01-02\nuntil = 2025-01-02', "before"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_the_entry(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=re.escape(said)) as raised:
        Teams.load(path)
    assert str(path) in str(raised.value)


def test_the_second_entry_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, '[[team]]\nname = "x"\nservices = ["a"]\n[[team]]\nname = "y"\n')
    with pytest.raises(SettingsError, match=r"\[\[team\]\] 2 \('y'\): must have"):
        Teams.load(path)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: No such file"):
        Teams.load(tmp_path / "none.toml")


def test_a_changed_file_is_read_again_and_only_then(tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    before = Teams.load(path)
    assert before.fresh() is before
    written(tmp_path, '[[team]]\nname = "one"\nservices = ["acme/pay"]\n')
    after = before.fresh()
    assert (after.names(), after.of("acme/pay", None, DAY)) == (("one",), "one")
    assert before.of("acme/pay", None, DAY) == "payments"  # an answer is of one state
    assert after.fresh() is after


def test_another_file_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    text = '[[team]]\nname = "one"\nservices = ["a"]\n'
    path = written(tmp_path, text)
    before = Teams.load(path)
    other = tmp_path / "other.toml"
    other.write_text(text.replace("one", "two"))
    found = path.stat()
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)
    assert before.fresh().names() == ("two",)


@pytest.mark.parametrize("broken", ["[[team]", None])
def test_a_file_that_has_become_unreadable_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str | None
) -> None:
    path = written(tmp_path, FILE)
    teams = Teams.load(path)
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            teams = teams.fresh()
            assert teams.of("acme/pay", None, DAY) == "payments"
    (said,) = caplog.messages
    assert "the teams stay as they were" in said
    assert str(path) in said
    path.write_text('[[team]]\nname = "one"\nservices = ["a"]\n')
    assert teams.fresh().names() == ("one",)
