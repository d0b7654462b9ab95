"""The log of CDEvents derived again, with all that stands on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from streamgauge import CDEvent, CloudEvent, cdevents
from streamgauge.cdevents import in_cloudevent
from streamgauge.hookspecs import State
from streamgauge.plugins import Plugin, Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.faults.test_nine_faults import rollout
from tests.helpers import FOLDED, START, a_deployment, an_event, drain, processors, replay, rows

LOG = (
    "select tenant, originator_id, topic, state, notification_id, recorded_at, cause"
    " from cdevents_events order by notification_id"
)
FACTS = "select * from deployment_attempts order by deployment_id"


class Plain:
    """Makes a deployment of every even event; `version` 2 renames the services, and makes one of
    those divisible by three instead."""

    name = "plain"

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def transform(self, event: CloudEvent) -> Iterable[CDEvent]:
        data: Any = event.get_data()
        number = data["number"]
        if number % (2 if self.version == 1 else 3) == 0:
            yield a_deployment(number, service="shop" if number % 4 or self.version == 1 else "new")
        if number == 5:
            raise ValueError("five")


class Counting:
    """How many events there were before, in its CDEvents."""

    name = "counting"

    def state_key(self, event: CloudEvent) -> str | None:
        return "all"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        before = 0 if state is None else int(state["n"])
        made = cdevents.new(
            "build.queued",
            id=f"{event.get_id()}-count",
            source="/counting",
            timestamp=START,
            subject_id=str(before),
        )
        return [made], {"n": before + 1}


def with_transformers(plugins: Plugins, *given: Any, version: str = "1") -> Plugins:
    """The installed plugins, with these transformers on the tests' events."""
    mine = Plugins(plugins.settings)
    plugin = Plugin("test", "test", version)
    mine.transformers |= {item.name: (item, plugin) for item in given}
    routes = {"com.example.*": [item.name for item in given]}
    installed = mine.routes()
    mine.routes = lambda: {**installed, **routes}  # type: ignore[method-assign]
    return mine


@pytest.fixture
def one(plugins: Plugins) -> Plugins:
    return with_transformers(plugins, Plain(), Counting())


@pytest.fixture
def filled(database: Database, one: Plugins) -> Database:
    events = [an_event(n) for n in range(1, 31)]
    events += [in_cloudevent(a_deployment(n, service="native")) for n in range(100, 110)]
    events += [
        rollout(n, n, START + timedelta(hours=n), image=f"r.example/w:{n % 3}") for n in range(1, 9)
    ]
    log = CloudEventsLog(database)
    for start in range(0, len(events), 7):
        log.append(events[start : start + 7])
        log.append(events[max(0, start - 3) : start + 2])  # redeliveries
        drain(*processors(database, one))
    return database


def test_the_same_transformers_give_the_same_log_to_the_byte(
    filled: Database, one: Plugins
) -> None:
    before = rows(filled, LOG), rows(filled, FACTS)
    done = replay(filled, one, "cdevents")
    assert done.builds == dict.fromkeys(("cdevents", *FOLDED), 2)
    assert (rows(filled, LOG), rows(filled, FACTS)) == before
    assert rows(filled, "select to_regclass('cdevents_events__1') is not null") == [(True,)]
    ((parked,),) = rows(filled, "select count(*) from dead_letters where processor = 'cdevents@2'")
    assert parked == 1


def test_what_stateful_transformers_remember_is_the_new_builds_own(
    filled: Database, one: Plugins
) -> None:
    remembered = (
        "select transformer, key, state::text from transformer_states"
        " where build = {} order by 1, 2"
    )
    before = rows(filled, remembered.format(1))
    replay(filled, one, "cdevents")
    assert rows(filled, remembered.format(2)) == before
    CloudEventsLog(filled).append([an_event(31)])
    drain(*processors(filled, one))
    ((last,),) = rows(
        filled,
        "select cd_subject_id from cdevents_raw where cd_source = '/counting'"
        " order by event_id desc limit 1",
    )
    assert last == "30"
    replay(filled, one, "cdevents", keep_replaced=False)
    assert rows(filled, "select distinct build from transformer_states") == [(3,)]


def test_other_transformers_are_compared_and_what_was_native_is_unchanged(
    filled: Database, plugins: Plugins
) -> None:
    two = with_transformers(plugins, Plain(2), Counting(), version="2")
    before = rows(filled, LOG), rows(filled, FACTS)
    done = replay(filled, two, "cdevents", "compare")
    assert (rows(filled, LOG), rows(filled, FACTS)) == before
    assert done.comparison is not None
    log = done.comparison["cdevents"]
    # Of 1 to 30: 15 even ones before; after, 10 that three divides, of which 5 are even: 6, 12,
    # 18, 24 and 30, two of them now another service's.
    assert (log["added"], log["removed"], log["different"]) == (5, 10, 2)
    deployed = log["types"]["dev.cdevents.service.deployed.0.3.0"]
    assert deployed == {"added": 5, "removed": 10, "different": 2}
    assert len(log["examples"]) == 17
    assert {example["transformer"] for example in log["examples"]} == {"plain 1", "plain 2"}
    lines = {
        line["service"]: line
        for line in done.comparison["metrics"]
        if line["metric"] == "deployment_frequency"
    }
    assert lines["shop"]["n"] == {"before": 15, "after": 8}
    assert lines["new"]["n"] == {"before": 0, "after": 2}
    assert not lines["native"]["changed"]
    assert replay(filled, two, "cdevents").builds == done.builds
    native = (
        "select tenant, originator_id, topic, state, cause from {}"
        " where transformer like 'cdevents %%' order by cause"
    )
    assert rows(filled, native.format("cdevents_events")) == rows(
        filled, native.format("cdevents_events__1")
    )
    assert rows(filled, "select count(*) from deployments where service = 'new'") == [(2,)]


def test_the_way_back_leads_to_the_log_that_was(
    filled: Database, plugins: Plugins, one: Plugins
) -> None:
    before = rows(filled, LOG)
    two = with_transformers(plugins, Plain(2), Counting(), version="2")
    replay(filled, two, "cdevents")
    CloudEventsLog(filled).append([an_event(32)])
    drain(*processors(filled, two))
    replay(filled, one, "cdevents", "rollback")
    after = rows(filled, LOG)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2
    drain(*processors(filled, one))
    assert rows(filled, "select count(*) from deployments where service = 'shop'") == [(16,)]


def test_dead_letters_of_the_log_are_retried_in_the_current_build(
    filled: Database, one: Plugins, plugins: Plugins
) -> None:
    replay(filled, one, "cdevents")
    with filled.transaction() as cursor:
        (letter,) = [x for x in dead_letters.listed(cursor) if x.processor == "cdevents@2"]
        dead_letters.request_retry(cursor, [letter])
    mended = with_transformers(plugins, Plain(2), Counting())  # 5 still raises
    drain(*processors(filled, mended))
    ((state, attempts),) = rows(
        filled, "select state, attempts from dead_letters where processor = 'cdevents@2'"
    )
    assert (state, attempts) == ("parked", 2)


def test_what_was_compared_with_other_routes_is_not_what_is_swapped_in(
    filled: Database, one: Plugins, plugins: Plugins
) -> None:
    other = with_transformers(plugins, Plain(), Counting())
    routes = {**other.routes(), "dev.cdevents.service.deployed.*": []}
    other.routes = lambda: routes  # type: ignore[method-assign]
    before = rows(filled, LOG)
    compared = replay(filled, other, "cdevents", "compare").comparison
    assert compared is not None
    assert compared["cdevents"]["removed"] == 10
    replay(filled, one, "cdevents")
    assert rows(filled, LOG) == before


def test_what_comes_in_meanwhile_is_no_difference(filled: Database, one: Plugins) -> None:
    CloudEventsLog(filled).append([an_event(n) for n in range(40, 60)])
    found = replay(filled, one, "cdevents", "compare").comparison
    assert found is not None
    log = found["cdevents"]
    assert (log["added"], log["removed"], log["different"]) == (0, 0, 0)
    assert log["same"] > 0
    assert found["changed"] == 0
