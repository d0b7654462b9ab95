"""One entry under ``events:``, which makes a CDEvent of each CloudEvent that it matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, get_args

from streamgauge.cdevents import CDEvent
from streamgauge.declarative.templates import Template, expression, template
from streamgauge.errors import InvalidTransformer
from streamgauge.expressions import Expression, ExpressionFailed, Values
from streamgauge.sources.moments import Unit, moment
from streamgauge.sources.occurrences import Told

MEMBERS: Final = (
    *("when", "each", "kind", "id", "source", "time", "unit"),
    *("subject", "subjectSource", "content", "customData"),
)
_UNITS: Final = get_args(Unit)


@dataclass(frozen=True, slots=True)
class EventTemplate:
    """The templates of one entry."""

    where: str
    when: Expression | None
    each: Expression | None
    unit: Unit
    members: Mapping[str, Template]

    @classmethod
    def read(cls, entry: Mapping[str, Any], where: str) -> EventTemplate:
        """Raises InvalidTransformer that says where the entry is wrong."""
        unit = entry.get("unit", "s")
        if unit not in _UNITS:
            raise InvalidTransformer(f"must be one of {', '.join(_UNITS)}", where=f"{where}/unit")
        for name in ("content", "customData"):
            if not isinstance(entry.get(name, {}), dict):
                raise InvalidTransformer("must be a mapping", where=f"{where}/{name}")
        return cls(
            where,
            expression(entry["when"], f"{where}/when") if "when" in entry else None,
            expression(entry["each"], f"{where}/each") if "each" in entry else None,
            cast(Unit, unit),
            {
                name: template(value, f"{where}/{name}")
                for name, value in entry.items()
                if name not in ("when", "each", "unit")
            },
        )

    def made(self, values: Values, source: str, accepted: datetime) -> Iterator[CDEvent]:
        """The CDEvents of this entry. Raises ExpressionFailed that names the member."""
        for one in self._matching(values):
            yield self._made(one, source, accepted)

    def _matching(self, values: Values) -> Iterator[Values]:
        """The values, or those of each item, for which `when` holds."""
        for one in [values] if self.each is None else self._items(values):
            if self.when is None or _holds(self.when, one):
                yield one

    def _items(self, values: Values) -> list[Values]:
        assert self.each is not None
        try:
            found = self.each.value(values)
        except ExpressionFailed:
            return []
        return [values.with_item(item) for item in found] if isinstance(found, list) else []

    def _made(self, values: Values, source: str, accepted: datetime) -> CDEvent:
        found = {name: self._value(name, values) for name in self.members}
        identity = found["id"] if isinstance(found["id"], list) else [found["id"]]
        if not any(identity):
            raise ExpressionFailed(f"{self.where}/id: gives {identity!r}, which identifies nothing")
        at = None if found.get("time") is None else moment(found["time"], self.unit)
        if at is None and found.get("time") is not None:
            raise ExpressionFailed(f"{self.where}/time: {found['time']!r} is no time")
        return Told(found.get("source") or source, accepted).occurrence(
            self._text(found, "kind"),
            *(self._part(each) for each in identity),
            at=at,
            subject=self._text(found, "subject"),
            subject_source=found.get("subjectSource"),
            content=found.get("content"),
            **(found.get("customData") or {}),
        )

    def _value(self, name: str, values: Values) -> Any:
        try:
            return self.members[name](values)
        except ExpressionFailed as error:
            raise ExpressionFailed(f"{self.where}/{name}: {error}") from None

    def _text(self, found: Mapping[str, Any], name: str) -> str:
        value = found[name]
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise ExpressionFailed(f"{self.where}/{name}: gives {value!r}, which is no text")
        return value

    def _part(self, value: Any) -> str:
        if not isinstance(value, str | int | float):
            raise ExpressionFailed(f"{self.where}/id: gives {value!r}, which identifies nothing")
        return str(value)


def _holds(when: Expression, values: Values) -> bool:
    """Whether the condition is true; one that fails, as for a member that is missing, is not."""
    try:
        return when.holds(values)
    except ExpressionFailed:
        return False
