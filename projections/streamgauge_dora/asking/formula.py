"""What a formula is: how a metric's items are loaded, and what they come to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from streamgauge.metrics import MetricQuery
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.bands import Frequency
from streamgauge_dora.defining.sections import Section


@dataclass(frozen=True, slots=True)
class Period:
    """A range, or a bucket of it, that items are summed up over."""

    start: datetime
    end: datetime
    query: MetricQuery
    banded: bool = False
    """Whether its band is asked for, and so all that bands go by."""


@dataclass(frozen=True, slots=True)
class Value:
    """What items come to."""

    value: float | None
    n: int
    """How many things it is made of."""
    reason: str | None = None
    """Why there is no value."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to say of them."""
    measured: float | Frequency | None = None
    """What bands go by."""
    band: str | None = None
    """The band, where the formula itself knows it."""


class Formula(ABC):
    """One way to compute a metric."""

    own_unit: ClassVar[str | None] = None
    by_bands = False
    """Whether its value is made of what bands go by, in buckets too."""

    def unit(self, section: Section) -> str | None:
        """The unit of its value; None for the metric's own."""
        return self.own_unit

    @abstractmethod
    def load(self, scope: Scope) -> Iterable[Item]:
        """The items, in the order of time where a thing may be found several times."""

    @abstractmethod
    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """What the items that count come to."""

    def coverage(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """How much of what there is the answer could take into account; `items` are all of them."""
        return {}


class Undefined(Formula):
    """A metric that the definition does not have."""

    def load(self, scope: Scope) -> Iterable[Item]:
        """Nothing."""
        return ()

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null."""
        return Value(None, 0, "this definition has no such metric")


def nothing(section: Section, n: int, reason: str, **more: Any) -> Value:
    """No value; or, where the definition says so as its original does, a number for it."""
    number = section.told.get("no_data")
    if number is None:
        return Value(None, n, reason, more)
    return Value(float(number), n, reason, more, measured=float(number))
