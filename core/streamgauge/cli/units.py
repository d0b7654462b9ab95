"""Values of metrics as people write them, by their unit."""

from __future__ import annotations

from typing import Final

_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


def shown(value: float | None, unit: str) -> str:
    """A value in a few letters: a duration, a percentage or a number; nothing for none."""
    if value is None:
        return ""
    if unit == "seconds":
        return duration(value)
    return share(value) if unit.startswith("share") else number(value)


def number(value: float) -> str:
    """A number in three digits, but for whole ones."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.3g}"


def duration(seconds: float) -> str:
    """A duration in its two largest units: ``2 d 3 h``."""
    left, parts = round(abs(seconds)), list[tuple[str, int]]()
    for unit, size in _UNITS:
        parts.append((unit, left // size))
        left %= size
    first = next((n for n, (_, count) in enumerate(parts) if count), len(parts) - 1)
    text = " ".join(f"{count} {unit}" for unit, count in parts[first : first + 2] if count)
    return f"-{text}" if text and seconds < 0 else text or "0 s"


def share(value: float) -> str:
    """A part of a whole: ``7%``. What is not nothing does not look like it."""
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"
