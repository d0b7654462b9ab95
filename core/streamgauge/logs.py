"""What goes to standard error: lines of text for people, or of JSON for machines.

A line says when, how grave, who says it, and what; within a request also its id. No payload, token
or query is logged, in either form.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from streamgauge.errors import escape_control

FORMATS = ("text", "json")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; None outside of one."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_said = logging.getLogger("streamgauge.serve")


class TextLines(logging.Formatter):
    """One line, in which what came from outside cannot begin another; a traceback goes below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The line, with the request's id where there is one."""
        line = escape_control(super().formatMessage(record))
        known = request_id.get()
        return line if known is None else f"{line} (request {known})"


class JSONLines(logging.Formatter):
    """One object a line: time, level, logger, message, request_id, the fields given as `extra`,
    and exception with the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The object; what JSON has no form for is its text."""
        document: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (known := request_id.get()) is not None:
            document["request_id"] = known
        fields = {name: value for name, value in vars(record).items() if name not in _OWN}
        document = {**fields, **document}
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str)


def configure(form: str) -> None:
    """Have every logger of this process write in that form, from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines() if form == "json" else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(form == "json")


def as_lines() -> bool:
    """Whether all that is written must be JSON lines."""
    return any(isinstance(each.formatter, JSONLines) for each in logging.getLogger().handlers)


def teller(say: Callable[[str], None]) -> Callable[[str], None]:
    """How to tell the operator of what goes on: by `say`, or as lines of JSON where all are."""
    if not as_lines():
        return say
    _said.setLevel(logging.INFO)
    return _said.info
