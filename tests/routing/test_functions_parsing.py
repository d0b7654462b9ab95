"""Whatever a function answers is CDEvents or a reason, and nothing else is raised."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import example, given
from hypothesis import strategies as st

from streamgauge import json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import http_binding
from streamgauge.errors import InvalidInput
from streamgauge.routing.answers import read_answer
from streamgauge.routing.connections import Answered
from streamgauge.routing.function import retry_after
from tests.helpers import a_deployment
from tests.routing.function_server import BATCH, STRUCTURED

TYPES = st.sampled_from(
    [
        *("application/json", "application/cloudevents+json", "application/cloudevents-batch+json"),
        *("application/cloudevents+xml", "text/plain", "application/json; charset=latin-1", ""),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["context", "subject", "data", "specversion", "id", "type", "source"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=60) | VALUES.map(json_codec.encode)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "x"]),
        st.sampled_from(["1.0", "/s", "t", "", "%", '"']),
    ),
    max_size=6,
)


@given(
    status=st.sampled_from([200, 201, 202, 204]), kind=TYPES | st.text(), more=HEADERS, body=BODIES
)
@example(status=200, kind="application/json", more=[], body=b'{"context": null, "subject": 1}')
def test_any_answer_is_cdevents_or_a_reason(
    status: int, kind: str, more: list[tuple[str, str]], body: bytes
) -> None:
    headers = [("content-type", kind), *more] if kind else more
    try:
        found = read_answer(Answered(status, headers, body))
    except InvalidInput as error:
        assert str(error)
    else:
        assert not found or body


@given(numbers=st.lists(st.integers(0, 50), max_size=6))
def test_what_is_answered_is_what_is_read(numbers: list[int]) -> None:
    events = [a_deployment(n) for n in numbers]
    states = [in_cloudevent(event).state for event in events]
    batch = Answered(200, [("content-type", BATCH["Content-Type"])], b"[%b]" % b",".join(states))
    assert list(read_answer(batch)) == events
    for event, state in zip(events, states, strict=True):
        bare = [("content-type", "application/json; charset=utf-8")]
        for headers, body in (
            http_binding.binary(state),
            http_binding.structured(state),
            ([("content-type", STRUCTURED["Content-Type"])], state),
            (bare, json_codec.encode(event.document)),
        ):
            assert list(read_answer(Answered(200, headers, body))) == [event]


@given(st.text() | st.integers(-10, 10**12).map(str))
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
def test_whatever_retry_after_says_is_a_time_to_wait(value: str) -> None:
    wait = retry_after(value)
    assert wait >= 0.0
    assert math.isfinite(wait)


@given(st.integers(1000, 10**6))
def test_a_date_to_come_is_waited_for(seconds: int) -> None:
    when = datetime.now(UTC) + timedelta(seconds=seconds)
    assert seconds - 600 <= retry_after(format_datetime(when, usegmt=True)) <= seconds
    assert retry_after(str(seconds)) == seconds
