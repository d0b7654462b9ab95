"""Every form in which a tool writes a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.sources import moment
from streamgauge.sources.moments import Unit

TIMES = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
UNITS: dict[Unit, int] = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00.000+02:00", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T10:00:00.000+0200", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01 10:00:00 +0200", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2014-06-30T18:59:12.3660573Z", "2014-06-30T18:59:12.366057+00:00"),
        ("2026-03-01T10:00:00,5Z", "2026-03-01T10:00:00.500000+00:00"),
        ("1772359200", "2026-03-01T10:00:00+00:00"),
        (1772359200, "2026-03-01T10:00:00+00:00"),
        (1772359200.25, "2026-03-01T10:00:00.250000+00:00"),
        (253_402_300_799, "9999-12-31T23:59:59+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("2026-02-30", None),
        ("2026-03-01T25:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (0, None),
        (-1, None),
        (253_402_300_800, None),
        (10**30, None),
        (1.7e308, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ({}, None),
    ],
)
def test_reads_every_form_and_nothing_else(value: object, expected: str | None) -> None:
    found = moment(value)
    assert (found and found.isoformat()) == expected


@given(TIMES, st.sampled_from(sorted(UNITS)))
def test_a_number_is_what_its_unit_says(at: datetime, unit: Unit) -> None:
    at = at.replace(microsecond=0)
    number = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)) * UNITS[unit]
    assert moment(number, unit) == at
    assert moment(str(number), unit) == at


@given(TIMES, st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]), st.booleans())
def test_a_zone_is_read_with_and_without_its_colon(
    at: datetime, minutes: int, between: str, colon: bool
) -> None:
    local = at + timedelta(minutes=minutes)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    zone = f"{sign}{hours:02}{':' if colon else ''}{rest:02}"
    written = f"{local.isoformat(between).removesuffix('+00:00')}{zone}"
    assert moment(written) == at


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.integers())))
def test_nothing_makes_it_fail(value: object) -> None:
    found = moment(value)
    assert found is None or found.tzinfo is UTC
