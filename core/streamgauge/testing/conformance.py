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
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.cdevents import validate
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import NotTransformed, Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.authenticity import WINDOW
from streamgauge.sources.captured import GOLDEN
from streamgauge.testing import elsewhere
from streamgauge.testing.mutation import header_values, mutated, spoiled
from streamgauge.testing.suite import SourceSuite
from streamgauge.testing.watching import cpu_of, differing, peer

SLOWEST: Final = 100
"""Times as long as what every delivery takes besides: what is slower holds up everybody."""


_examples: Final = partial(
    settings,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        # One function is the test of every source: what is tried again of another's is as good.
        HealthCheck.differing_executors,
    ],
)


class SourceConformance(SourceSuite):
    """The tests; what a source says of itself is in `SourceSuite`."""

    @pytest.fixture
    def offline(self) -> Callable[[], Offline]:
        """Makes the way from a delivery to CDEvents, with empty memories."""
        return _maker(type(self))

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

    def test_a_delivery_is_the_same_events_whenever_it_comes(
        self, offline: Callable[[], Offline]
    ) -> None:
        """A receiver reads no clock and makes up no ids, so that a redelivery is recognised."""
        differ = set()
        for case in self.all_cases():
            for delivery in case.deliveries:
                later = dataclasses.replace(delivery, received=delivery.received + 100 * WINDOW)
                one, two = (
                    [event.state for event in offline().receive(self.source, each)]
                    for each in (delivery, later)
                )
                if one != two:
                    differ.add(case.name)
        assert differ == self.by_arrival, f"by_arrival should be {sorted(differ)}"

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
            assert self.no_delivery_id or again != case, (
                f"{case.name}: no id of a delivery is found in it; override under_another_id, or "
                f"set no_delivery_id = True if the tool sends none"
            )
            known = {event.id for event in made}
            new = [event for event in self.transformed(run, again) if event.id not in known]
            assert new == [], f"{case.name}: {[event.id for event in new]}"

    def test_it_is_deterministic_and_pure(self, offline: Callable[[], Offline]) -> None:
        """Each case gives the same whatever came before it, for an instance that is new, and in a
        process with another clock, zone, environment and order of sets. There it reaches nothing
        outside: no network, no program, no file to write."""
        cases = self.all_cases()
        wanted = self.documents(offline, cases)
        new = self.offline_maker()
        for told, made in (
            ("when it comes again, after others", self.documents(offline, cases[::-1])),
            ("for a plugin that is loaded anew", self.documents(new, cases[::-1])),
            ("for one that remembers", self.documents(new, cases)),
        ):
            assert not differing(wanted, made), f"{told}: {differing(wanted, made)}"
        there = elsewhere.look(
            source=self.source,
            plugin=self.plugin,
            cases=str(self.cases.resolve()),
            options=dict(self.options),
        )
        assert not there["tried"], f"a source reaches outside: {there['tried']}"
        differ = differing(wanted, there["made"])
        assert not differ, f"on another day and machine: {differ}"

    def test_it_is_fast_enough(self, offline: Callable[[], Offline]) -> None:
        """A delivery takes no more CPU time than `SLOWEST` times that of decoding it and checking
        one CDEvent, both measured in this run."""
        for case in self.all_cases():
            bound, took = math.inf, math.inf
            for turn in range(25):  # a busy machine only ever adds: the least is nearest the truth
                bound = min(bound, cpu_of(partial(peer, case)))
                # A new one each: what is known already is not transformed again.
                took = min(took, cpu_of(partial(self.transformed, offline(), case)))
                if turn >= 4 and took <= SLOWEST * bound:
                    break
            assert took <= SLOWEST * bound, (
                f"{case.name}: {took * 1e6:.0f} µs, {took / bound:.0f} times as long as decoding "
                f"it and checking one CDEvent; {SLOWEST} times are allowed"
            )

    def test_no_secret_means_refused(self) -> None:
        """A receiver without a secret takes nothing, unless a setting says otherwise."""
        if self.source == "cloudevents":
            pytest.skip("CloudEvents come in by tokens, which are not the plugin's")
        name = self.plugin or self.source
        told = dataclasses.replace(Settings.load({}), plugins={name: dict(self.options)})
        offline = Offline(Plugins(told), RoutingTable({}))
        for case in self.all_cases():
            with pytest.raises(WebhookRefused):
                offline.receive(self.source, case.deliveries[0])

    @_examples(max_examples=50)
    @given(st.data())
    def test_it_survives_any_headers(self, data: st.DataObject) -> None:
        """Whatever a header says, or if it is not there: it is taken or refused."""
        case = data.draw(st.sampled_from(self.all_cases()))
        run = _maker(type(self))()
        for delivery in case.deliveries:
            headers = dict(delivery.headers)
            for name in data.draw(st.lists(st.sampled_from(sorted(headers)), max_size=3)):
                headers[name] = data.draw(header_values())
            gone = data.draw(st.lists(st.sampled_from(sorted(headers)), max_size=2))
            kept = {name: value for name, value in headers.items() if name not in gone}
            try:
                events = run.receive(self.source, dataclasses.replace(delivery, headers=kept))
            except InvalidInput:
                continue
            for event in run.cdevents(events):
                validate(event.document)

    @_examples(max_examples=150)
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

    def test_it_survives_a_nul_in_any_text(self, offline: Callable[[], Offline]) -> None:
        """U+0000, which PostgreSQL keeps in no text, is refused or passed over wherever it is: an
        id or a name that held it would park the event."""
        failed = {}
        for case in self.all_cases():
            for number, delivery in enumerate(case.deliveries):
                for place, body in spoiled(delivery.body, "a\0b"):
                    run = offline()
                    for before in case.deliveries[:number]:
                        run.cdevents(run.receive(self.source, before))
                    try:
                        run.cdevents(
                            run.receive(self.source, dataclasses.replace(delivery, body=body))
                        )
                    except InvalidInput:
                        continue
                    except NotTransformed as error:
                        failed[f"{case.name}, delivery {number + 1}, {place}"] = str(error)
        assert not failed, "\n".join(f"{where}: {why}" for where, why in failed.items())


_makers: dict[type, Callable[[], Offline]] = {}


def _maker(cls: type[SourceConformance]) -> Callable[[], Offline]:
    """Plugins are loaded once for all the tests of a source."""
    if cls not in _makers:
        _makers[cls] = cls.offline_maker()
    return _makers[cls]
