"""One entry under ``events:``, which makes a CDEvent of each CloudEvent that it matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, get_args

from streamgauge.cdevents import CDEvent, newest
from streamgauge.declarative.templates import Template, condition, expression, template
from streamgauge.errors import InvalidTransformer, UnknownName
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
    identity: Sequence[Template]
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
        _check_kind(entry["kind"], f"{where}/kind")
        listed = entry["id"] if isinstance(entry["id"], list) else [entry["id"]]
        return cls(
            where,
            condition(entry["when"], f"{where}/when") if "when" in entry else None,
            expression(entry["each"], f"{where}/each") if "each" in entry else None,
            cast(Unit, unit),
            [template(part, f"{where}/id/{place}") for place, part in enumerate(listed)],
            {
                name: template(value, f"{where}/{name}")
                for name, value in entry.items()
                if name not in ("when", "each", "unit", "id")
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
        at = None if found.get("time") is None else moment(found["time"], self.unit)
        if at is None and found.get("time") is not None:
            raise ExpressionFailed(f"{self.where}/time: {found['time']!r} is no time")
        return Told(
            found.get("source") or source, accepted, found.get("customData") or {}
        ).occurrence(
            self._text(found, "kind"),
            *self._identity(values),
            at=at,
            subject=self._text(found, "subject"),
            subject_source=found.get("subjectSource"),
            content=found.get("content"),
        )

    def _identity(self, values: Values) -> list[str]:
        """Every part, none left out: without one, different things would be the same."""
        parts = []
        for place, part in enumerate(self.identity):
            where = f"{self.where}/id/{place}"
            try:
                value = part(values)
            except ExpressionFailed as error:
                raise ExpressionFailed(f"{where}: {error}") from None
            if not isinstance(value, str | int | float):
                said = "nothing" if value is None else repr(value)
                raise ExpressionFailed(f"{where}: gives {said}, which identifies nothing")
            parts.append(str(value))
        if not any(parts):
            raise ExpressionFailed(f"{self.where}/id: gives {parts!r}, which identifies nothing")
        return parts

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


def _check_kind(kind: Any, where: str) -> None:
    """Raises InvalidTransformer for a constant that is no kind of CDEvent."""
    if not isinstance(kind, str) or "${" in kind:
        return
    try:
        newest(kind)
    except UnknownName:
        raise InvalidTransformer(
            f"{kind!r} is no kind of CDEvent, such as service.deployed or incident.resolved",
            where=where,
        ) from None


def _holds(when: Expression, values: Values) -> bool:
    """Whether the condition is true; one that fails, as for a member that is missing, is not."""
    try:
        return when.holds(values)
    except ExpressionFailed:
        return False
