"""Sources that have been silent for much longer than they used to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from streamgauge.doctor.finding import Finding
from streamgauge.processors.sources import OTHERS, Heard

LEAST_EVENTS = 20
"""Of a source that has said less, nobody knows how long it may be silent."""
LEAST_SILENCE = timedelta(days=2)
LONGER = 3
"""So many times longer than ever before is much longer."""
GIVEN_UP = timedelta(days=90)
"""Who has been silent for so long is gone."""
MOST = 10


def silent_sources(sources: Iterable[Heard], now: datetime) -> Iterator[Finding]:
    """Those that say most first, no more than a few."""
    found = [each for each in sources if _is_silent(each, now)]
    for each in found[:MOST]:
        yield Finding(
            "silent-source",
            f"nothing for {_days(now - each.last_at)}; its longest silence before was "
            f"{_days(each.longest_silence)}",
            each.source,
            "look at the tool's own list of deliveries, and whether its address and secret are"
            " still right",
        )
    if len(found) > MOST:
        yield Finding(
            "silent-source",
            f"{len(found) - MOST} more sources have fallen silent",
            "(more)",
            "the metric streamgauge_source_last_event_timestamp_seconds names more of them",
        )


def _is_silent(each: Heard, now: datetime) -> bool:
    silence = now - each.last_at
    return (
        each.source != OTHERS
        and each.events >= LEAST_EVENTS
        and max(LEAST_SILENCE, LONGER * each.longest_silence) < silence < GIVEN_UP
    )


def _days(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h"
