"""Log lines: one for each record whatever is in it, and in JSON nothing but objects."""

from __future__ import annotations

import json
import logging
import os
import signal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.logs import JSONLines, TextLines, request_id
from tests.cli.test_cli import run
from tests.service import Service, eventually


def record(message: str, **extra: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "here", "levelno": 30, "levelname": "WARNING", **extra})
    made.msg = message
    return made


@given(st.text())
def test_a_record_is_one_line_in_either_form(message: str) -> None:
    document = json.loads(JSONLines().format(record(message)))
    assert document["message"] == message
    for lines in (JSONLines(), TextLines()):
        assert len(lines.format(record(message)).splitlines()) == 1


def test_a_json_line_says_when_how_grave_who_and_what() -> None:
    # As docs/reference/telemetry.md shows it.
    token = request_id.set("r-1")
    try:
        found = json.loads(JSONLines().format(record("late", created=0.25, stage="cdevents")))
        text = TextLines().format(record("late"))
    finally:
        request_id.reset(token)
    assert found == {
        "time": "1970-01-01T00:00:00.250+00:00", "level": "warning", "logger": "here",
        "message": "late", "request_id": "r-1", "stage": "cdevents",
    }  # fmt: skip
    assert text.endswith("WARNING here: late (request r-1)")


def test_a_field_takes_no_name_of_the_line_itself() -> None:
    assert json.loads(JSONLines().format(record("so", level="fatal")))["level"] == "warning"


def test_a_traceback_is_in_the_object() -> None:
    try:
        raise ValueError("no\nway")
    except ValueError as error:
        made = record("it failed", exc_info=(type(error), error, error.__traceback__))
    [line] = JSONLines().format(made).splitlines()
    assert "ValueError: no\nway" in json.loads(line)["exception"]


def test_every_part_of_the_service_writes_json_lines(database_url: str) -> None:
    """Those of the supervisor and of gunicorn too; and none shows a token."""
    environ = {
        "STREAMGAUGE_LOG_FORMAT": "json",
        "STREAMGAUGE_INGEST_TOKENS": "a-token-nobody-may-see",
        "STREAMGAUGE_FOURKEYS_NOSUCH": "1",
    }
    with Service.running(database_url, environ=environ) as service:
        parts = children_of(service.process.pid)
        worker = next(pid for pid in parts if b"worker" in command_of(pid))
        gunicorn = next(pid for pid in parts if pid != worker)
        os.kill(children_of(gunicorn)[0], signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: said(service) >= {"streamgauge_http.supervisor", "gunicorn.error"})
        service.post("/cloudevents?access_token=a-token-nobody-may-see", b"{")
    documents = [json.loads(line) for line in service.output]
    assert all({"time", "level", "logger", "message"} <= set(each) for each in documents)
    assert "listening on http://" in "".join(service.output)
    assert "a-token-nobody-may-see" not in "".join(service.output)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def said(service: Service) -> set[str]:
    return {json.loads(line)["logger"] for line in list(service.output)}


def test_what_ends_a_command_is_a_json_line_too() -> None:
    done = run(
        "status", url="postgresql://127.0.0.1:1/none", environ={"STREAMGAUGE_LOG_FORMAT": "json"}
    )
    assert done.code == 3
    assert json.loads(done.err)["message"].startswith("PostgreSQL cannot be used just now")
