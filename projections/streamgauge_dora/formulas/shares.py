"""How large a part of the deployments something is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from streamgauge_dora.asking.formula import Formula, Value, nothing
from streamgauge_dora.asking.items import Item
from streamgauge_dora.defining.sections import Section

PART: Final = "part"
"""The mark of what is counted against the deployments, which have none."""
NONE: Final = "there is no deployment in this range"


class Share(Formula):
    """A part of the deployments."""

    def unit(self, section: Section) -> str | None:
        """Percent, where the definition has it so."""
        return "percent of deployments" if section.flag("percent") else None


def share(items: Sequence[Item], section: Section, name: str, **more: Any) -> Value:
    """Those of the mark through those without one; null where there are none of these."""
    part = sum(item.n for item in items if item.mark == PART)
    n = sum(item.n for item in items if not item.mark)
    if n == 0:
        return nothing(section, 0, NONE, **{name: part}, **more)
    return of(part / n, n, section, **{name: part}, **more)


def of(measured: float, n: int, section: Section, **more: Any) -> Value:
    """A share, in percent where the definition has it so."""
    value = measured * 100 if section.flag("percent") else measured
    return Value(value, n, more=more, measured=measured)
