"""Issues that a label makes incidents."""

from __future__ import annotations

from functools import partial
from typing import Any

from streamgauge import Event
from streamgauge.sources.fields import ident, path, text
from streamgauge.timestamps import format_rfc3339
from streamgauge_github.history import payloads
from streamgauge_github.history.reader import Reader


def read_incidents(reader: Reader) -> None:
    """Those that were touched since: opened, closed, opened again."""
    found: dict[str, Any] = {}
    for label in sorted(reader.source.options.incident_labels):
        every = reader.listed(
            "incidents", "issues", labels=label, state="all", since=format_rfc3339(reader.since)
        )
        for each in every:
            number = ident(each, "number")
            if number is not None and path(each, "pull_request") is None:
                found[number] = each
    reader.found.incidents = len(found)
    opened, more = partial(_opened, reader), partial(_closed_and_reopened, reader)
    reader.record_each("incidents", [*found.values()], opened, more)


def _opened(reader: Reader, issue: object) -> Event:
    then = {"state": "open", "state_reason": None, "closed_at": None}
    made = payloads.issue(reader.here, issue, "opened", path(issue, "created_at"), **then)
    return payloads.event("issues", made, payloads.mark(issue, made))


def _closed_and_reopened(reader: Reader, issue: object) -> list[Event]:
    made = []
    for each in reader.every("issues", str(ident(issue, "number")), "events"):
        what, at = text(each, "event"), path(each, "created_at")
        if what == "closed":
            then: dict[str, Any] = {"state": "closed", "closed_at": at}
        elif what == "reopened":
            then = {"state": "open", "state_reason": "reopened", "closed_at": None}
        else:
            continue
        payload = payloads.issue(reader.here, issue, what, at, **then)
        payload["sender"] = {"login": text(each, "actor", "login")}
        made.append(payloads.event("issues", payload))
    return made
