"""Values as people write them."""

from __future__ import annotations

import pytest

from streamgauge.cli.units import shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0 s"),
        (0.6, "1 s"),
        (59, "59 s"),
        (60, "1 m"),
        (3600 + 61, "1 h 1 m"),
        (86_400, "1 d"),
        (86_400 * 45 + 3600 * 12 + 59, "45 d 12 h"),
        (86_400 + 59, "1 d"),
        (-3600 - 61, "-1 h 1 m"),
        (-0.2, "0 s"),
    ],
)
def test_durations_have_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert shown(seconds, "seconds") == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.125, "share of deployments", "12%"),
        (0, "share of deployments", "0%"),
        (0.001, "share of deployments", "<1%"),
        (1.5, "share of incidents", "150%"),
        (2.5, "days with a deployment per week", "2.5"),
        (43, "deployments", "43"),
        (0.5714285, "deployments per day", "0.571"),
        (1234.5678, "changes", "1,235"),
        (12345, "changes", "12,345"),
        (None, "deployments", ""),
    ],
)
def test_shares_and_numbers(value: float | None, unit: str, text: str) -> None:
    assert shown(value, unit) == text
