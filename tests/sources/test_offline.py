"""The way from a delivery to CDEvents without a log is that of the service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamgauge import CDEvent, CloudEvent, Event, WebhookRequest, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import InvalidInput, UnknownName
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.routing.offline import ACCEPTED, NATIVE, NotTransformed, Offline, unsigned
from streamgauge.routing.router import Router
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources import Deployments, Told
from streamgauge.sources.fields import instant, text
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import a_deployment, drain, plugins_with, rows


class Landings:
    """Remembers what landed before."""

    name = "landings"

    def state_key(self, event: CloudEvent) -> str | None:
        return text(event.get_data(), "service")

    def transform_with_state(self, event: CloudEvent, state: Any) -> tuple[list[CDEvent], Any]:
        memory, data = Deployments(state), event.get_data()
        at, version = instant(data, "at"), text(data, "version")
        if data.get("fault") or at is None or version is None:
            raise ValueError("it has crashed")
        done = memory.add(at, version, version)
        if done is None:
            return [], memory.state()
        service = str(text(data, "service"))
        made = Told("/moon", at).occurrence(
            f"service.{done}", service, version, str(at), at=at, subject=service,
            content={"environment": {"id": "moon"}, "artifactId": f"pkg:generic/x@{version}"},
        )  # fmt: skip
        return [made], memory.state()


def landed(number: int, version: str, service: str = "shop", **more: Any) -> Event:
    data = {"service": service, "version": version, "at": f"2026-03-0{number}T12:00:00Z", **more}
    return new_event(id=str(number), source="/moon", type="com.rocket.landed", data=data)


LOG = [
    landed(1, "a"),
    landed(2, "b"),
    landed(3, "c", fault=True),
    landed(2, "b"),  # the same event
    landed(4, "a"),
    landed(5, "x", "other"),
    landed(6, "a"),  # the same occurrence, said again
]
TABLE = RoutingTable({"com.rocket.landed": ["landings"]})


def offline(*transformers: Any, table: RoutingTable = TABLE) -> Offline:
    return Offline(plugins_with(transformers=transformers or [Landings()]), table)


def kinds(events: list[CDEvent]) -> list[str]:
    return [f"{event.subject_id} {event.type.split('.')[3]}" for event in events]


def test_states_are_remembered_from_one_delivery_to_the_next() -> None:
    run = offline()
    made = [event for each in (LOG[:1], LOG[1:2], LOG[4:]) for event in run.cdevents(each)]
    assert kinds(made) == ["shop deployed", "shop upgraded", "shop rolledback", "other deployed"]
    assert kinds(offline().cdevents(LOG[4:5])) == ["shop deployed"]


def test_what_fails_gives_nothing_and_leaves_the_memory_alone() -> None:
    outcome = offline().run(LOG)
    assert [failure.reason for failure in outcome.failures] == ["ValueError: it has crashed"]
    assert len(outcome.derived) == 4
    with pytest.raises(
        NotTransformed, match=r"^com\.rocket\.landed, transformer landings: ValueError: it has"
    ) as wrong:
        offline().cdevents(LOG)
    assert wrong.value.failure.event_id == "3"


def test_it_gives_what_the_service_derives(database: Database) -> None:
    """The same events, one time in a log and its processors, the other time in memory."""
    CloudEventsLog(database).append(LOG)
    drain(Router(database, plugins_with(transformers=[Landings()]), TABLE))
    outcome = offline().run(LOG)
    derived = [(str(each.key), bytes(each.state)) for each in outcome.derived]
    recorded = rows(database, "select originator_id::text, state from cdevents_events__1")
    assert sorted(derived) == sorted((key, bytes(state)) for key, state in recorded)
    parked = rows(database, "select handler, reason from dead_letters")
    assert parked == [(each.handler, each.reason) for each in outcome.failures]


def test_an_event_that_comes_twice_is_one_and_so_is_a_cdevent() -> None:
    run = offline()
    assert len(run.cdevents([LOG[0]])) == 1
    assert run.cdevents([LOG[0]]) == []
    other = new_event(
        id="another", source="/moon", type="com.rocket.landed",
        data={"service": "shop", "version": "a", "at": "2026-03-01T12:00:00Z"},
    )  # fmt: skip
    assert run.cdevents([other]) == []


def test_an_event_without_a_time_is_taken_for_accepted_at_one_moment() -> None:
    times: list[Any] = []

    class Clock:
        name = "landings"

        def transform(self, event: CloudEvent) -> list[CDEvent]:
            times.append(event.get_time())
            return []

    offline(Clock()).cdevents([LOG[0]])
    assert times == [ACCEPTED]


def test_native_cdevents_pass_in_every_mode(plugins: Plugins) -> None:
    run = Offline(plugins, RoutingTable(plugins.routes()))
    event = in_cloudevent(a_deployment(1))
    structured = WebhookRequest({"content-type": "application/cloudevents+json"}, event.state, {})
    [made] = run.cdevents(run.receive(NATIVE, structured))
    assert made.document == a_deployment(1).document
    batch = WebhookRequest(
        {"content-type": "application/cloudevents-batch+json"}, b"[" + event.state + b"]", {}
    )
    assert run.cdevents(run.receive(NATIVE, batch)) == []


def test_a_source_that_is_not_there_is_named_with_those_that_are(plugins: Plugins) -> None:
    run = Offline(plugins, RoutingTable({}))
    with pytest.raises(UnknownName, match=r"'rocket'.*cloudevents.*harbor"):
        run.receive("rocket", WebhookRequest({}, b"", {}))


def test_what_the_receiver_refuses_is_refused() -> None:
    plugins = Plugins(unsigned(Settings.load({}), ["harbor"]))
    with pytest.raises(InvalidInput):
        Offline(plugins, RoutingTable({})).receive("harbor", WebhookRequest({}, b"{}", {}))


def test_settings_without_secrets_keep_everything_else() -> None:
    environ = {"STREAMGAUGE_ROCKET_SECRET": "s", "STREAMGAUGE_ROCKET_PLANET": "mars"}
    given = Settings(
        plugins={"rocket": {"secret": ["a"], "old_secret": "b", "services": {"a": "b"}},
                 "other": {"secret": "kept"}},
        environ=environ,
    )  # fmt: skip
    bare = unsigned(given, ["rocket"])
    assert bare.for_plugin("rocket") == {
        "services": {"a": "b"}, "planet": "mars", "allow_unsigned": True,
    }  # fmt: skip
    assert bare.for_plugin("other") == {"secret": "kept"}
    assert given.for_plugin("rocket")["secret"] == "s"


def test_a_transformer_that_gives_what_is_no_cdevent_has_failed() -> None:
    class Wrong:
        name = "landings"

        def transform(self, event: CloudEvent) -> list[Any]:
            return [json.loads(event.get_data()["service"])] if event.get_data() else []

    with pytest.raises(NotTransformed):
        offline(Wrong()).cdevents([LOG[0]])


def test_a_transformer_that_is_not_there_has_failed() -> None:
    run = offline(table=RoutingTable({"com.rocket.landed": ["nobody"]}))
    with pytest.raises(NotTransformed, match="nobody"):
        run.cdevents([LOG[0]])
