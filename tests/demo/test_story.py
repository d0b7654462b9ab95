"""The history is a function of calendar days alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from streamgauge.timestamps import parse_rfc3339
from streamgauge_demo import cdevents, company, github, play, story
from streamgauge_demo.company import SERVICES, ZONE, Service, is_frozen
from streamgauge_demo.facts import Change, Deployment, Incident
from streamgauge_demo.requests import Request, Window, first_day
from tests.demo.helpers import DAYS, SECRET, TODAY, after, everything, history, named

MONTHS = [date(2026, month, 20) for month in range(1, 13)]
MOMENT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^"]*)"')


def deployments(name: str, *, before: date = TODAY, weeks: int = 26) -> list[Deployment]:
    """What went to production and came up."""
    window = Window.before(before, weeks)
    return [
        fact
        for fact in history(named(name), before)
        if isinstance(fact, Deployment)
        and fact.environment == "production"
        and fact.result != "failure"
        and fact.ended in window
    ]


def events_of(requests: list[Request]) -> dict[str, tuple[datetime, object]]:
    """Each event by its id: when it was sent, and all of it. A batch grows from day to day."""
    found: dict[str, tuple[datetime, object]] = {}
    for request in requests:
        if request.path == cdevents.PATH:
            for event in json.loads(request.body):
                found[event["id"]] = parse_rfc3339(event["time"]), event
        else:
            name = "X-GitHub-Delivery" if request.path == github.PATH else "ce-id"
            found[request.headers[name]] = request.at, request
    return found


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_told_twice_it_is_the_same(day: date) -> None:
    assert play.requests(day, SECRET) == everything(day)


def test_another_process_tells_the_same() -> None:
    code = (
        "import hashlib, datetime; from streamgauge_demo import play\n"
        f"told = play.requests(datetime.date({TODAY:%Y, %-m, %-d}), {SECRET!r})\n"
        "print(hashlib.sha256(repr(told).encode() + b''.join(r.body for r in told)).hexdigest())"
    )
    told = everything(TODAY)
    expected = hashlib.sha256(repr(told).encode() + b"".join(r.body for r in told)).hexdigest()
    environ = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == expected


@pytest.mark.parametrize(
    ("day", "later"), [(TODAY, 1), (TODAY, 20), (date(2027, 3, 28), 1)], ids=str
)
def test_a_later_day_tells_the_same_and_more(day: date, later: int) -> None:
    start, end = Window.before(after(day, later)).start, Window.before(day).end
    then = events_of(everything(after(day, later)))
    today = events_of(everything(day))
    same = {key for key, (at, _) in today.items() if at >= start}
    assert same == {key for key, (at, _) in then.items() if at < end}
    assert all(today[key] == then[key] for key in same)
    assert 4000 < len(same) < len(then)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_nothing_lies_in_the_future_nor_knows_of_it(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    monday = datetime.combine(first_day(day), midnight.time(), ZONE)
    for request in everything(day):
        assert monday <= request.at < midnight
        for text in MOMENT.findall(request.body):
            assert parse_rfc3339(text.decode()) <= request.at


def test_the_window_is_whole_weeks_and_this_one_until_yesterday() -> None:
    assert first_day(date(2026, 11, 24)) == date(2026, 5, 25)
    assert first_day(date(2026, 11, 23)) == date(2026, 5, 25)
    assert first_day(date(2026, 11, 22)) == date(2026, 5, 18)
    window = Window.before(date(2026, 11, 24))
    assert window.start == datetime(2026, 5, 24, 22, tzinfo=UTC)
    assert window.end == datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert window.start in window
    assert window.end not in window


def test_before_the_company_began_there_is_nothing() -> None:
    assert play.requests(date(1999, 12, 31), SECRET) == []
    assert play.requests(company.ORIGIN - story.LONGEST, SECRET) == []
    assert play.requests(after(company.ORIGIN), SECRET) != []


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_it_is_a_few_thousand_events(day: date) -> None:
    assert 5000 < len(everything(day)) < 11_000


@pytest.mark.parametrize("day", MONTHS, ids=str)
def test_the_services_differ(day: date) -> None:
    days = {
        service.name: len({d.ended.astimezone(ZONE).date() for d in found})
        for service in SERVICES
        if (found := deployments(service.name, before=day))
    }
    volume = len(deployments("shop", before=day))
    assert volume > 1.5 * days["shop"] > 150  # several a day
    assert days["shop"] > days["timetable"] > days["bookings"] > days["payments"] > days["customs"]
    assert 20 <= days["bookings"] <= 34  # weekly, and hotfixes
    assert 10 <= days["payments"] <= 17  # twice a month
    assert 2 <= days["customs"] <= 3


@pytest.mark.parametrize("day", MONTHS, ids=str)
def test_the_freeze_is_seen_from_every_month(day: date) -> None:
    found = deployments("timetable", before=day)
    gaps = [b.at - a.at for a, b in pairwise(found)]
    assert max(gaps) > timedelta(days=20)
    frozen = [d for d in found if is_frozen(d.at.astimezone(ZONE).date())]
    assert len(frozen) <= 2  # a hotfix of what was released the day before


def test_weekends_are_quiet_and_so_are_nights() -> None:
    found = [
        fact.at.astimezone(ZONE)
        for service in SERVICES
        for fact in history(service, TODAY)
        if isinstance(fact, Deployment)
    ]
    weekend = sum(moment.weekday() >= 5 for moment in found)
    assert 0 < weekend < 0.02 * len(found)
    assert all(7 <= moment.hour < 19 for moment in found)


def test_things_go_wrong_now_and_then() -> None:
    facts = [fact for service in SERVICES for fact in history(service, TODAY)]
    results = Counter(
        (fact.service.reported_by, fact.result) for fact in facts if isinstance(fact, Deployment)
    )
    for tool in ("github", "kubernetes"):
        assert results[tool, "success"] > 20 * results[tool, "rollback"] > 0
        assert results[tool, "success"] > 10 * results[tool, "failure"] > 0
    incidents = [fact for fact in facts if isinstance(fact, Incident)]
    assert any(incident.cause for incident in incidents)
    assert any(incident.cause is None for incident in incidents)
    assert any(fact.attempts == 2 for fact in facts if isinstance(fact, Change))
    hotfixes = [fact for fact in facts if isinstance(fact, Change) and fact.hotfix]
    reverts = [fact for fact in hotfixes if fact.reverts]
    assert len(hotfixes) > 3 * len(reverts) > 0


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_belongs_together_is_in_order(service: Service) -> None:
    """An attempt ends before the next one in its environment begins, with room for an undo."""
    facts = history(service, TODAY)
    for environment in ("production", "staging"):
        found = [f for f in facts if isinstance(f, Deployment) and f.environment == environment]
        for earlier, later in pairwise(found):
            assert earlier.ended + timedelta(minutes=4) < later.at
    changes = [fact for fact in facts if isinstance(fact, Change)]
    assert [c.before for c in changes[1:]] == [c.commit for c in changes[:-1]]
    numbers = [fact.number for fact in facts if isinstance(fact, (Change, Incident))]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_rollback_brings_back_what_ran_before_the_bad_one(service: Service) -> None:
    ran: list[Change] = []
    for fact in history(service, TODAY):
        if not isinstance(fact, Deployment) or fact.environment != "production":
            continue
        if fact.result == "rollback":
            assert fact.change == ran[-2]
            ran.pop()
        elif fact.result == "success":
            assert fact.change not in ran
            ran.append(fact.change)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_revert_takes_back_the_change_before_it_and_no_revert(service: Service) -> None:
    facts = history(service, TODAY)
    changes = [fact for fact in facts if isinstance(fact, Change)]
    assert all(change.hotfix or change.reverts is None for change in changes)
    for before, change in pairwise(changes):
        if change.reverts is not None:
            assert change.reverts == before
            assert change.title == f'Revert "{before.title}"'
            assert before.reverts is None


def test_no_two_events_have_one_id() -> None:
    told = everything(TODAY)
    (batch,) = (json.loads(r.body) for r in told if r.path == cdevents.PATH)
    assert len(events_of(told)) == len(told) - 1 + len(batch)
