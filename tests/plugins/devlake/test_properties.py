"""Whatever a call looks like: a reason or an event, no other exception, only valid CDEvents."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import new_event
from streamgauge.cdevents import validate
from streamgauge.cdevents.gate import check_storable
from streamgauge.errors import InvalidInput
from streamgauge.testing.mutation import places, put
from streamgauge_devlake.calls import CLOSE, DEPLOYMENT, ISSUE, Scope, scope_of

from .samples import CASES, received, transformed

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
TEXTS = st.sampled_from(
    ["", " ", "/", "a\0b", "\ufdd0", "done", "INCIDENT", "BUG", "FAILURE", "https://", "é:/ b"]
) | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31 23:59:59", "git@g.example:/", "%", "@"])
BODIES = [name for name, (path, _) in CASES.items() if not path.endswith("/close")]


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Any]:
    path, payload = copy.deepcopy(CASES[draw(st.sampled_from(BODIES))])
    for _ in range(draw(st.integers(1, 3))):
        put(payload, draw(st.sampled_from(places(payload))), draw(TEXTS | JSON))
    return path, payload


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(calls())
def test_a_call_is_refused_or_gives_valid_cdevents(call: tuple[str, Any]) -> None:
    try:
        event = received(*call)
    except InvalidInput as error:
        assert error.where.startswith("/")
        return
    assert event == received(*call)
    made = transformed([event])
    for each in made:
        validate(each.document)
        check_storable(each.document, json.dumps(each.document).encode())
    assert made == transformed([event])


SOURCES = st.sampled_from(
    [
        *("/plugins/webhook/connections/1", "/plugins/webhook/projects/%00", "/devlake"),
        *("/plugins/webhook/connections/by-name/%ff", "/plugins/webhook/projects/a/b"),
    ]
)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([DEPLOYMENT, ISSUE, CLOSE, "com.example"]),
            SOURCES,
            JSON
            | calls().map(lambda call: call[1])
            | st.fixed_dictionaries({"issueKey": TEXTS | JSON}),
        ),
        max_size=4,
    )
)
def test_events_of_any_sender_give_valid_cdevents_or_none(sent: list[Any]) -> None:
    events = [
        new_event(id=str(number), source=source, type=kind, data=data)
        for number, (kind, source, data) in enumerate(sent)
    ]
    for each in transformed(events):
        validate(each.document)


@given(st.sampled_from(["connection", "webhook", "project"]), st.text(min_size=1, max_size=9))
def test_a_source_names_its_scope(kind: str, name: str) -> None:
    scope = Scope(kind, name)
    expected = scope if name.strip() and name.isprintable() else None
    assert scope_of(scope.source) == expected
