"""RFC 3339, exactly: no other form, no digit rounded, no day moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from streamgauge.timestamps import PLAIN, format_rfc3339, parse_rfc3339


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T12:30:00Z", "2026-03-01T12:30:00"),
        ("2026-03-01t12:30:00z", "2026-03-01T12:30:00"),
        ("2026-03-01T23:30:00-05:00", "2026-03-02T04:30:00"),
        ("2014-06-30T18:59:12.3660573Z", "2014-06-30T18:59:12.366057"),
        ("2026-03-01T12:30:00.999999999Z", "2026-03-01T12:30:00.999999"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999"),
        ("2024-02-29T00:00:00.5+00:00", "2024-02-29T00:00:00.5"),
    ],
)
def test_what_is_read(text: str, utc: str) -> None:
    assert parse_rfc3339(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-03-01T12:30Z",
        "2026-03-01T12:30:00",
        "2026-03-01 12:30:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:30:61Z",
        "2026-03-01T12:30:00+25:00",
        "2026-03-01T12:30:00+05",
        "20260301T123000Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٦-03-01T12:30:00Z",
        " 2026-03-01T12:30:00Z",
        "",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rfc3339(text)


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    st.integers(-24 * 60 + 1, 24 * 60 - 1),
)
def test_an_instant_survives_being_written_and_read(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_rfc3339(format_rfc3339(aware)) == aware
    assert parse_rfc3339(aware.isoformat()) == aware


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_rfc3339(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("instant", "hours"), [(datetime.max, -1), (datetime.min, 1)], ids=["late", "early"]
)
def test_an_instant_outside_the_years_cannot_be_written(instant: datetime, hours: int):
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        format_rfc3339(instant.replace(tzinfo=timezone(timedelta(hours=hours))))


plain = Draft202012Validator(PLAIN, validate_formats=True)


@pytest.mark.parametrize("year", [1000, 1582, 1900, 1904, 2000, 2023, 2024, 2026, 2100, 2999])
def test_the_schema_of_plain_timestamps_knows_the_calendar(year: int) -> None:
    for month in range(14):
        for day in range(33):
            text = f"{year}-{month:02}-{day:02}T12:30:00.5Z"
            try:
                parse_rfc3339(text)
            except ValueError:
                assert not plain.is_valid(text), text
            else:
                assert plain.is_valid(text), text


@given(st.from_regex(r"\A[0-9+.]{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6][0-9.+](\.\d*)?[Zz]\Z"))
def test_what_the_schema_of_plain_timestamps_lets_through_is_read(text: str) -> None:
    if plain.is_valid(text):
        parse_rfc3339(text)
