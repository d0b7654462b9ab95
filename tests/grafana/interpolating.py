"""What Grafana puts in the place of variables and macros, by its documentation.

There is no Grafana here: this is our reading of it, in one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

Value = str | Sequence[str]
_VARIABLE = re.compile(r"\$\{(\w+)(?:\.[^:}]+)?(?::([^}]+))?\}|\$(\w+)")


class All(NamedTuple):
    """ "All" of a variable that says what to write for it."""

    text: str


class Range(NamedTuple):
    """The dashboard's time range."""

    start: datetime
    end: datetime


def interpolated(text: str, values: Mapping[str, Value | All], over: Range) -> str:
    """The text as Grafana sends it. A variable that there is not stays as it is."""

    def replaced(found: re.Match[str]) -> str:
        name, form = found[1] or found[3], found[2] or "glob"
        if name in ("__from", "__to"):
            return _instant(over.start if name == "__from" else over.end, form)
        if name not in values:
            return found[0]
        value = values[name]
        return value.text if isinstance(value, All) else _formatted(name, value, form)

    return _VARIABLE.sub(replaced, text)


def _formatted(name: str, value: Value, form: str) -> str:
    kind, *arguments = form.split(":")
    several = [value] if isinstance(value, str) else list(value)
    if kind == "customqueryparam":
        key = arguments[0] if arguments else name
        return "&".join(f"{key}={_encoded(each)}" for each in several)
    if kind == "percentencode":
        return _encoded(value if isinstance(value, str) else "{" + ",".join(several) + "}")
    assert kind == "glob", f"this test does not know Grafana's format {form}"
    return several[0] if len(several) == 1 else "{" + ",".join(several) + "}"


def _instant(moment: datetime, form: str) -> str:
    moment = moment.astimezone(UTC)
    written = {
        "date:iso": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "date:YYYY-MM-DD": moment.date().isoformat(),
        "glob": str(int(moment.timestamp() * 1000)),
    }
    return written[form]


def _encoded(value: str) -> str:
    return quote(value, safe="-_.~")
