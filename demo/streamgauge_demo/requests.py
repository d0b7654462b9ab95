"""A request as a tool would send it, and the stretch of time that the demo plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from streamgauge import json_codec
from streamgauge.timestamps import format_rfc3339
from streamgauge_demo.company import NAME, ZONE

WEEKS = 26
_NAMES = uuid5(UUID(int=0), f"https://{NAME}.example")


@dataclass(frozen=True, slots=True)
class Request:
    """One POST. Those of one lane must arrive in the order of their time."""

    at: datetime
    """When the tool would have sent it."""
    lane: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Window:
    """The whole days that are played: start <= time < end.

    Today is not among them. What is sent on one day is thus always the same, nothing in it can lie
    in the future, and what you send yourself today stands alone.
    """

    start: datetime
    end: datetime

    @classmethod
    def before(cls, today: date, weeks: int = WEEKS) -> Window:
        """So many whole weeks, and the days of this week up to yesterday."""
        return cls(_midnight(first_day(today, weeks)), _midnight(today))

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def first_day(today: date, weeks: int = WEEKS) -> date:
    """The Monday from which so many whole weeks lead up to this one."""
    return today - timedelta(days=today.weekday(), weeks=weeks)


def written(moment: datetime) -> str:
    """As GitHub and Kubernetes write a time: to the second, in UTC."""
    return format_rfc3339(moment.replace(microsecond=0))


def json_body(document: Mapping[str, Any]) -> bytes:
    """The same document gives the same bytes."""
    return json_codec.encode(document)


def guid(*identity: str) -> str:
    """An id that looks random and is the same every time."""
    return str(uuid5(_NAMES, "/".join(identity)))


def serial(*identity: str) -> int:
    """A number of ten digits, as GitHub gives to everything; the same every time."""
    return 10**9 + UUID(guid(*identity)).int % (9 * 10**9)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
