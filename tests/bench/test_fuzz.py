"""The fuzzer meets every kind of answer and finds nothing; what is planted for it, it finds."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import attributes
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import identity
from streamgauge_bench.fuzz import judge, oracle, stored
from streamgauge_bench.fuzz.requests import request
from streamgauge_bench.fuzz.run import fuzz
from streamgauge_bench.fuzz.wire import Answer, Request
from streamgauge_http import ingest
from tests.cli.test_cli import run
from tests.helpers import a_deployment, rows

STATUSES = {"200", "202", "204", "400", "401", "403", "404", "405", "409", "413", "415", "429"}
KINDS = {
    "binary", "structured", "batch", "mislabelled", "0.3 structured", "0.3 binary",
    "cdevent binary", "cdevent structured", "cdevent batch", "github",
}  # fmt: skip
SECRETS = ("a-token-of-the-settings",)


def test_nothing_is_found_and_every_kind_of_answer_is_met(database: Database) -> None:
    done = run("fuzz", "--requests", "5000", "--json", url=database.url)
    assert done.code == 0, done.err
    found = done.json
    assert found["failures"] == []
    assert found["requests"] == sum(found["statuses"].values()) == 5000
    assert set(found["statuses"]) == STATUSES
    assert set(found["problems"]) == set(judge.KNOWN)
    assert set(found["stored"]) >= KINDS
    assert found["cdevents"] > 100
    assert found["dead_letters"] > 10
    left = rows(
        database, "select datname from pg_database where datname like 'streamgauge_bench%%'"
    )
    assert left == []


def test_a_request_is_the_same_whenever_it_is_made() -> None:
    assert [request(1, n) for n in range(200)] == [request(1, n) for n in range(200)]
    assert request(1, 7) != request(2, 7)


def test_one_request_can_be_repeated(database: Database) -> None:
    done = run("fuzz", "--seed", "3", "--only", "17", url=database.url)
    assert done.code == 0, done.err
    sent = request(3, 17)
    assert f"{sent.method} {sent.path!r}" in done.err
    assert "-> " in done.err


def test_what_a_bug_answers_is_found_with_its_request(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("planted")

    monkeypatch.setattr(ingest, "receive", broken)
    tally = fuzz(Settings(database_url=database.url), 1, range(200))
    assert tally.failed
    reasons = {failure.reason for failure in tally.failures}
    assert any("the status is 500" in reason for reason in reasons)
    assert any("logged" in reason and "planted" in reason for reason in reasons)
    assert all(failure.number is not None for failure in tally.failures)


def test_what_should_not_be_stored_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attributes, "_check_extension", lambda name, value: None)
    tally = fuzz(Settings(database_url=database.url), 1, range(2000))
    assert any(failure.reason.startswith("stored: ") for failure in tally.failures)


def _request(method: str = "POST", path: bytes = b"/") -> Request:
    return Request(0, "binary", method, path, b"", [], [])


def _problem(status: int = 400, slug: str = "invalid-input", **more: Any) -> Answer:
    document = {
        "type": f"/problems/{slug}", "title": "T", "status": status, "detail": "d", **more
    }  # fmt: skip
    return Answer(
        status, {"content-type": "application/problem+json"}, json.dumps(document).encode()
    )


def _faults(answer: Answer, method: str = "POST") -> list[str]:
    return list(judge.faults(_request(method), answer, SECRETS))


COUNTS = {"streamgauge-accepted": "1", "streamgauge-duplicates": "0"}


def test_good_answers_are_good() -> None:
    assert _faults(_problem()) == []
    assert _faults(Answer(202, COUNTS)) == []
    assert _faults(Answer(204), "OPTIONS") == []
    assert not list(judge.faults(_request("OPTIONS", b"/v1/metrics"), Answer(200), SECRETS))
    conflict = _problem(409, "conflict", accepted=1)
    conflict.headers |= COUNTS
    assert _faults(conflict) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_problem(500, "internal-error"), "the status is 500"),
        (_problem(503, "unavailable"), "the status is 503"),
        (Answer(escaped="ValueError: x"), "an exception left"),
        (Answer(), "the status is 0"),
        (_problem(detail="ValueError: no"), "shows 'ValueError'"),
        (_problem(detail="Traceback (most"), "shows 'Traceback'"),
        (_problem(detail='File "/a.py", line 1'), "shows 'File"),
        (_problem(detail="<Event object at 0x7f>"), "shows ' object at 0x'"),
        (_problem(detail="in streamgauge_http.ingest"), "shows 'streamgauge_'"),
        (_problem(detail="of a-token-of-the-settings"), "a token or a secret"),
        (_problem(slug="strange"), "not a known one"),
        (_problem(404), "with the status 404"),
        (_problem(title=""), "has no title"),
        (_problem(detail=7), "has no detail"),
        (Answer(400, {"content-type": "text/html"}, _problem().body), "of the type 'text/html'"),
        (Answer(400, {"content-type": "application/problem+json"}, b"no"), "no JSON object"),
        (Answer(202, COUNTS, b"{}"), "202 has a body"),
        (Answer(202, {"streamgauge-accepted": "x"}), "that counts"),
        (Answer(200, {}, b""), "answered with 200"),
        (Answer(204, held=3.0), "held the process"),
        (Answer(302, {}, b""), "answered with 302"),
        (_problem(409, "conflict", accepted=1), "counts otherwise"),
        (Answer(400, {**_problem().headers, **COUNTS}, _problem().body), "says that something"),
    ],
)
def test_a_bad_answer_is_found(answer: Answer, reason: str) -> None:
    assert any(reason in fault for fault in _faults(answer)), _faults(answer)


GOOD: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"data": None, "subject": None, "data_base64": None},
        {"time": "2016-12-31T23:59:60Z", "dataschema": "urn:x", "ext": -(2**31), "flag": True},
        {"datacontenttype": "text/plain", "data": "x"},
        {"datacontenttype": "application/a+json", "data_base64": "e30="},
        {"data_base64": "/w==", "ext": ""},
    ],
)
def test_good_events_are_good(more: dict[str, Any]) -> None:
    assert list(oracle.faults(json.dumps({**GOOD, **more}).encode())) == []


@pytest.mark.parametrize(
    "more",
    [
        {"id": None},
        {"id": ""},
        {"id": 1},
        {"specversion": "0.3"},
        {"source": "a b"},
        {"source": "%zz"},
        {"type": "a\x00"},
        {"type": "a\x85"},
        {"ext": "\ufdd0"},
        {"ext": "\U0003ffff"},
        {"ext": "\ud800"},
        {"ext": 2**31},
        {"ext": 1.5},
        {"ext": {}},
        {"Ext": "x"},
        {"e-x": "x"},
        {"": "x"},
        {"subject": ""},
        {"time": "2026-01-01"},
        {"time": "2023-02-29T00:00:00Z"},
        {"time": "2026-01-01T12:00:60Z"},
        {"time": "2026-01-01T00:00:00+24:00"},
        {"dataschema": "/relative"},
        {"datacontenttype": "json"},
        {"datacontenttype": "text/plain", "data": {}},
        {"data": 1, "data_base64": "AA=="},
        {"data_base64": "A"},
        {"data_base64": 1},
        {"data_base64": "/w==", "datacontenttype": "application/json"},
        {"data": "\ud800"},
    ],
)
def test_a_bad_event_is_found(more: dict[str, Any]) -> None:
    assert list(oracle.faults(json.dumps({**GOOD, **more}).encode()))


@pytest.mark.parametrize(
    "state", [b"", b"[]", b"{", b"\xff", b"\xef\xbb\xbf{}", b'{"data":NaN}', b'{"a":"\x01"}']
)
def test_bytes_that_are_no_event_are_found(state: bytes) -> None:
    assert list(oracle.faults(state))


def _row(event: dict[str, Any], **other: Any) -> stored.Row:
    key = identity(other.get("source", event["source"]), event["id"])
    return 1, key, other.get("topic", event["type"]), json.dumps(event).encode()


def _native_faults(event: dict[str, Any], *, strict: bool = False) -> list[str]:
    return list(stored.cloudevent_faults(_row(event), native=True, strict=strict))


def test_a_row_that_stands_under_another_identity_is_found() -> None:
    assert not list(stored.cloudevent_faults(_row(GOOD), native=False, strict=True))
    for row in (_row(GOOD, topic="other"), _row(GOOD, source="/other")):
        assert list(stored.cloudevent_faults(row, native=False, strict=True))


def test_a_cdevent_that_is_none_or_differs_from_its_cloudevent_is_found() -> None:
    event = json.loads(in_cloudevent(a_deployment(1)).state)
    assert _native_faults(event) == []
    in_base64 = {k: v for k, v in event.items() if k != "data"} | {
        "data_base64": base64.b64encode(json.dumps(event["data"]).encode()).decode()
    }
    assert _native_faults(in_base64) == []
    for name, value in (("id", "x"), ("source", "/x"), ("type", "x"), ("subject", "x"),
                        ("time", "2026-01-01T00:00:00Z"), ("data", {}), ("data", 1)):  # fmt: skip
        assert _native_faults({**event, name: value}), name
    noted = {**event, "cdeventsdeviations": '[{"rule":"time"}]'}
    assert _native_faults(noted) == []
    assert _native_faults(noted, strict=True)


def test_a_row_of_the_log_of_cdevents_that_is_none_is_found() -> None:
    document = dict(a_deployment(1).document)
    context = document["context"]
    key = identity(context["source"], context["id"])
    good = (1, key, context["type"], json.dumps(document).encode())
    assert not list(stored.cdevent_faults(good))
    assert list(stored.cdevent_faults((1, key, "other", good[3])))
    assert list(stored.cdevent_faults((1, key, context["type"], b"{}")))
