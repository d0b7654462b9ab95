"""An incident is a function of the set of its events: a naive state machine says which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.failures.incidents import Event, fold
from tests.dora.world import at

_texts = st.sampled_from((None, "a", "b"))
events = st.lists(
    st.builds(
        Event,
        tenant=st.just("default"),
        incident_id=st.just("i"),
        kind=st.sampled_from(("detected", "resolved")),
        at=st.integers(0, 5).map(at),
        service=_texts,
        environment=_texts,
        repository=_texts,
        artifact=_texts,
        root_cause=_texts,
        title=_texts,
        retracted=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
TEXTS = ("service", "environment", "repository", "artifact", "root_cause", "title")


@dataclass
class Machine:
    """What is known of an incident while its events come in the order of time."""

    detected_at: datetime | None = None
    resolved_at: datetime | None = None
    retracted: bool = False
    reopened: int = 0

    def hear(self, event: Event) -> None:
        if event.kind == "resolved":
            self.resolved_at, self.retracted = self.resolved_at or event.at, event.retracted
            return
        if self.resolved_at is not None:
            self.reopened += 1
        self.detected_at = self.detected_at or event.at
        self.resolved_at, self.retracted = None, False


@given(told=events)
def test_it_is_what_a_state_machine_makes_of_it(told: list[Event]) -> None:
    machine = Machine()
    in_time = sorted(told, key=lambda event: (event.at, event.kind == "resolved", event.retracted))
    for event in in_time:
        machine.hear(event)
    found = fold(told)
    states = {name: getattr(found, name) for name in vars(machine)}
    assert states == vars(machine)


@given(told=events, data=st.data())
def test_the_order_and_repetitions_of_events_change_nothing(
    told: list[Event], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    assert fold(data.draw(st.permutations(told))) == fold(told)
    assert fold(told + again) == fold(told)


@given(told=events)
def test_a_text_is_one_that_was_told_and_the_latest_of_them(told: list[Event]) -> None:
    found = fold(told)
    for name in TEXTS:
        known = [(event.at, getattr(event, name)) for event in told if getattr(event, name)]
        text = getattr(found, name)
        if not known:
            assert text is None
        else:
            latest = max(at for at, _ in known)
            assert text in {said for at, said in known if at == latest}
