"""What every source must hold to, as tests: subclass `SourceConformance` and name your source.

::

    from pathlib import Path

    from streamgauge.testing import SourceConformance


    class TestRocket(SourceConformance):
        source = "rocket"
        cases = Path(__file__).parent / "cases"

A case is a delivery in a file, its headers beside it, or a folder of them in the order they were
sent (`streamgauge.sources.captured`); what comes of it is kept beside it in NAME.cdevents.json.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import json_codec
from streamgauge.cdevents import CDEvent, validate
from streamgauge.errors import InvalidInput
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.captured import GOLDEN, Case, read_cases
from streamgauge.testing.mutation import mutated
from streamgauge.webhooks import WebhookRequest

SLOWEST: Final = 100
"""Times as long as what every delivery takes besides: what is slower holds up everybody."""


class SourceConformance:
    """A source, given as the name of its receiver, and a folder of cases."""

    source: ClassVar[str]
    """The name of the receiver, the last part of ``/webhooks/NAME``; or ``cloudevents``."""
    plugin: ClassVar[str | None] = None
    """The name of the plugin, if it is not that of the receiver."""
    cases: ClassVar[Path]
    """The folder of the cases."""
    options: ClassVar[Mapping[str, Any]] = {}
    """The plugin's settings; those for authenticity are left out."""

    @pytest.fixture
    def offline(self) -> Callable[[], Offline]:
        """Makes the way from a delivery to CDEvents, with empty memories."""
        return _maker(type(self))

    @classmethod
    def offline_maker(cls) -> Callable[[], Offline]:
        """Loads the plugins, and gives what makes the way through them."""
        name = cls.plugin or cls.source
        given = Settings.load({})
        told = {name: {**cls.options, "allow_unsigned": True}}
        plugins = Plugins(dataclasses.replace(given, plugins=told))
        table = RoutingTable(plugins.routes())
        failed = [f"{each.name}: {each.error}" for each in plugins.plugins if each.error]
        # Another's that is broken here is no fault of this one.
        assert name not in {each.name for each in plugins.plugins if each.error}, failed
        return lambda: Offline(plugins, table)

    @classmethod
    def all_cases(cls) -> list[Case]:
        """The cases of the folder; there must be one."""
        found = read_cases(cls.cases)
        assert found, f"there is no case in {cls.cases}"
        return found

    @classmethod
    def transformed(cls, offline: Offline, case: Case) -> list[CDEvent]:
        """What comes of all deliveries of a case."""
        return [
            event
            for delivery in case.deliveries
            for event in offline.cdevents(offline.receive(cls.source, delivery))
        ]

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """The delivery as a second webhook would send it: whatever header looks like an id is
        another one. Override it where the tool's looks otherwise."""
        changed = {
            name: f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}" if _is_id(name) else value
            for name, value in delivery.headers.items()
        }
        return dataclasses.replace(delivery, headers=changed)

    def test_each_case_gives_what_its_golden_file_holds(
        self, offline: Callable[[], Offline], golden: Callable[[Path, Any], None]
    ) -> None:
        """Captured input, golden output."""
        wrong = []
        for case in self.all_cases():
            made = [event.document for event in self.transformed(offline(), case)]
            for document in made:
                validate(document)
            try:
                golden(case.golden, made)
            except AssertionError as error:
                wrong.append(f"{case.name}: {error}")
        assert not wrong, "\n\n".join(wrong)

    def test_no_golden_file_is_left_over(self) -> None:
        """Each belongs to a case."""
        kept = set(self.cases.glob(f"*{GOLDEN}"))
        assert kept <= {case.golden for case in self.all_cases()}

    def test_what_is_sent_again_gives_nothing_new(self, offline: Callable[[], Offline]) -> None:
        """A redelivery of everything that was ever sent changes nothing."""
        for case in self.all_cases():
            run = offline()
            self.transformed(run, case)
            assert self.transformed(run, case) == [], case.name

    def test_ids_do_not_hang_on_the_delivery(self, offline: Callable[[], Offline]) -> None:
        """The same payload under another delivery id is the same occurrence: a second webhook, or
        a repeated notification, counts nothing twice."""
        for case in self.all_cases():
            made = self.transformed(offline(), case)
            run = offline()
            self.transformed(run, case)
            again = dataclasses.replace(
                case, deliveries=tuple(self.under_another_id(each) for each in case.deliveries)
            )
            known = {event.id for event in made}
            new = [event for event in self.transformed(run, again) if event.id not in known]
            assert new == [], f"{case.name}: {[event.id for event in new]}"

    def test_it_is_deterministic_and_pure(self, offline: Callable[[], Offline]) -> None:
        """Two runs from nothing give the same, and none opens a connection."""
        for case in self.all_cases():
            with _no_network():
                one = [event.document for event in self.transformed(offline(), case)]
            two = [event.document for event in self.transformed(offline(), case)]
            assert json.dumps(one) == json.dumps(two), case.name

    def test_it_is_fast_enough(self, offline: Callable[[], Offline]) -> None:
        """A delivery takes no more CPU time than `SLOWEST` times that of decoding it and checking
        one CDEvent, both measured in this run."""
        for case in self.all_cases():
            bound = _cpu_of(partial(_peer, case))
            took = _cpu_of(partial(self._transformed_anew, offline, case))
            assert took <= SLOWEST * bound, (
                f"{case.name}: {took * 1e6:.0f} µs, {took / bound:.0f} times as long as decoding "
                f"it and checking one CDEvent; {SLOWEST} times are allowed"
            )

    def _transformed_anew(self, offline: Callable[[], Offline], case: Case) -> None:
        self.transformed(offline(), case)

    def test_no_secret_means_refused(self) -> None:
        """A receiver without a secret takes nothing, unless a setting says otherwise."""
        if self.source == "cloudevents":
            pytest.skip("CloudEvents come in by tokens, which are not the plugin's")
        name = self.plugin or self.source
        told = dataclasses.replace(Settings.load({}), plugins={name: dict(self.options)})
        offline = Offline(Plugins(told), RoutingTable({}))
        with pytest.raises(InvalidInput):
            offline.receive(self.source, self.all_cases()[0].deliveries[0])

    @settings(
        max_examples=150,
        deadline=None,
        # One function is the test of every source: what is tried again of another's is as good.
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.differing_executors,
        ],
    )
    @given(st.data())
    def test_it_survives_any_json(self, data: st.DataObject) -> None:
        """Whatever a payload holds: the receiver takes or refuses it, the transformers raise
        nothing, and what they give is valid."""
        case = data.draw(st.sampled_from(self.all_cases()))
        run = _maker(type(self))()
        for delivery in case.deliveries:
            body = data.draw(mutated(delivery.body))
            try:
                events = run.receive(self.source, dataclasses.replace(delivery, body=body))
            except InvalidInput:
                continue
            for event in run.cdevents(events):
                validate(event.document)
                assert "\\u0000" not in json.dumps(event.document)


def _cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of five runs."""
    times = []
    for _ in range(5):
        begun = time.thread_time()
        work()
        times.append(time.thread_time() - begun)
    return min(times)


def _peer(case: Case) -> None:
    """What the service does with a delivery besides transforming it: it is decoded for the log,
    for each transformer, and a CDEvent is checked and written."""
    for delivery in case.deliveries:
        for _ in range(3):
            with suppress(ValueError):
                json_codec.decode(delivery.body)
        validate(_CHECKED)
        json_codec.encode(_CHECKED)


_CHECKED: Final = {
    "context": {
        "specversion": "0.5.1",
        "id": "1",
        "source": "/test",
        "type": "dev.cdevents.service.removed.0.3.0",
        "timestamp": "2026-03-01T10:00:00Z",
    },
    "subject": {"id": "shop", "content": {"environment": {"id": "production"}}},
}
_makers: dict[type, Callable[[], Offline]] = {}


def _maker(cls: type[SourceConformance]) -> Callable[[], Offline]:
    """Plugins are loaded once for all the tests of a source."""
    if cls not in _makers:
        _makers[cls] = cls.offline_maker()
    return _makers[cls]


def _is_id(name: str) -> bool:
    last = name.rpartition("-")[2]
    return last in ("id", "uuid", "delivery", "guid", "key") and name != "x-event-key"


@contextmanager
def _no_network() -> Iterator[None]:
    def refuse(*args: Any, **more: Any) -> Any:
        raise AssertionError("a transformer reaches for the network")

    with mock.patch.object(socket, "socket", refuse):
        yield
