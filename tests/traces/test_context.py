"""Which trace an event belongs to: read as W3C writes it, carried by the event, never compared."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import new_event, traces
from streamgauge.cloudevents import Event
from streamgauge.cloudevents.recorded import take_apart
from streamgauge.errors import SettingsError
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome
from streamgauge.traces import Context, context_of, process
from streamgauge.traces.context import carrying
from tests.helpers import rows

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
digits = st.text("0123456789abcdef", min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def of_length(length: int) -> st.SearchStrategy[str]:
    text = st.text("0123456789abcdef", min_size=length, max_size=length)
    return text.filter(lambda each: set(each) != {"0"})


@given(of_length(32), of_length(16), st.integers(0, 255), st.text(max_size=600))
def test_what_is_well_formed_is_kept_as_it_is(
    trace: str, span: str, flags: int, state: str
) -> None:
    parent = f"00-{trace}-{span}-{flags:02x}"
    found = Context.read(parent, state)
    assert found is not None
    assert found.traceparent == parent
    assert found.sampled is bool(flags % 2)
    assert found.tracestate in (state, None)


@pytest.mark.parametrize(
    "parent",
    [
        "", "00", f"ff-{TRACE}-b7ad6b7169203331-01", f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01", PARENT.upper(), PARENT + "-more", PARENT + " ", PARENT[:-1],
        f"{PARENT}\n", 7, None, ["a"],
    ],
)  # fmt: skip
def test_what_is_not_is_no_trace(parent: object) -> None:
    assert Context.read(parent) is None
    event = new_event(id="1", source="/a", type="a.b", data={"traceparent": PARENT})
    assert context_of(event.state) is None


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    found = Context.read(text, text)
    assert found is None or found.traceparent == text


def test_a_newer_version_may_say_more() -> None:
    assert Context.read(f"01-{TRACE}-b7ad6b7169203331-01-what") is not None


@given(JSON, st.sampled_from([None, "a=1,b=2"]))
def test_an_event_carries_a_context_beside_its_data(data: Any, state: str | None) -> None:
    event = new_event(id="1", source="/a", type="a.b", data=data, colour="red")
    carried = carrying(event, Context(PARENT, state))
    assert context_of(carried.state) == Context(PARENT, state)
    before, after = take_apart(event.state), take_apart(carried.state)
    assert after.data == before.data
    added = {"traceparent": PARENT} | ({"tracestate": state} if state else {})
    assert after.attributes == {**before.attributes, **added}
    assert carrying(carried, Context(PARENT.replace("b7", "c8"))) == carried


def test_a_redelivery_in_another_trace_is_a_duplicate(database: Database) -> None:
    def sent(parent: str | None) -> Event:
        return new_event(id="1", source="/a", type="a.b", data={"n": 1}, traceparent=parent)

    log = CloudEventsLog(database)
    [first] = log.append([sent(PARENT)])
    assert first.outcome is Outcome.NEW
    for parent in (None, PARENT.replace("b7", "c8")):
        assert log.append([sent(parent)])[0].outcome is Outcome.DUPLICATE
    ((state,),) = rows(database, "select state from cloudevents_events")
    assert context_of(state) == Context(PARENT)
    other = new_event(id="1", source="/a", type="a.b", data={"n": 2}, traceparent=PARENT)
    assert log.append([other])[0].outcome is Outcome.CONFLICT


def test_nothing_of_opentelemetry_is_imported_without_the_setting() -> None:
    code = (
        "import sys, streamgauge_http.app, streamgauge.processors.worker\n"
        "from streamgauge import traces\n"
        "from streamgauge.settings import Settings\n"
        "traces.start(Settings.load({}), 'http')\n"
        "with traces.span('x') as span: assert span is None\n"
        "assert not traces.are_on()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    settings = Settings.load({"STREAMGAUGE_OTLP_ENDPOINT": "http://collector:4318"})
    with pytest.raises(SettingsError, match=r"pip install 'streamgauge\[otel\]'"):
        process.check(settings)
    process.check(Settings.load({}))
    assert not traces.are_on()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="otlp_endpoint must be such as http"):
        Settings.load({"STREAMGAUGE_OTLP_ENDPOINT": "collector:4317"})


@pytest.mark.parametrize("secret", ["//u:hidden@c:4318", "//c:4318/?key=hidden", "//c#hidden"])
def test_an_address_with_a_secret_in_it_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load({"STREAMGAUGE_OTLP_ENDPOINT": f"http:{secret}"})
    assert "OTEL_EXPORTER_OTLP_HEADERS" in str(refused.value)
    assert "hidden" not in str(refused.value)
