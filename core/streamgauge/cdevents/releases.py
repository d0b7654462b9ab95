"""One event in the form of another release of the specification.

What is called differently is found by comparing the schemas of the two forms, with the pairs that
vocabulary.txt lists as renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from streamgauge.cdevents.changes import Changes, compare, has, homeless, translated
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.reasons import unknown_type
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import (
    CUSTOM_PREFIX,
    CUSTOM_RELEASES,
    RELEASES,
    VERSIONS,
    EventType,
    in_release,
    latest,
    lookup,
)
from streamgauge.errors import InvalidCDEvent

_LATEST = frozenset(versions[-1].name for versions in VERSIONS.values())
_VERSION = ("specversion", "version")


def upgrade(event: CDEvent) -> CDEvent:
    """The event in the form of the newest release that has its kind.

    That is 0.5.1 but for withdrawn kinds (testcase.*, testsuite.*), which end with 0.2.0. Members
    and words that were renamed get their new names, the type its newest version, and a
    `subject.type` that says nothing else than the type is dropped. No other value is altered and
    nothing else left out: what the newest form has no place for stays where it was, so that an
    event from an old release may be laxer than the newest schema.

    An event of that form is returned as it is, and so is one whose type is unknown. `original` of
    the result is the event as it was given; what is the same in both is shared.
    """
    context = event.document["context"]
    if context["type"] in _LATEST or _is_custom_of_today(context):
        return event
    old = _form_of(event)
    if old is None or old.specversion == RELEASES[-1]:
        return event
    return CDEvent(_document(event.document, old, latest(_name(old))), original=event)


def rewrite(event: CDEvent, release: str) -> CDEvent:
    """The event, of any release, in the form of `release`; an upgraded one becomes what it was.

    `version` or `specversion` names that release then, whatever it said. Values are not checked;
    `validate` does that.

    Raises InvalidCDEvent for a type that is unknown, and for a kind or a member that `release` has
    not, with the releases that have it; UnknownName for an unknown release.
    """
    event = upgrade(event)
    form = _form_of(event)
    if form is None:
        raise InvalidCDEvent(unknown_type(event.type), where="/context/type")
    target = in_release(_name(form), release)
    if target is None:
        raise InvalidCDEvent(
            f"release {release} has no {form.kind}; {_listed(_forms(form))}", where="/context/type"
        )
    for path in homeless(event.document, _plan(form, target).changes):
        having = [each for each in _forms(form) if has(schema(each), path)]
        raise InvalidCDEvent(
            f"{target.name} of release {release} has no such member; {_listed(having)}",
            where="".join(f"/{name}" for name in path),
        )
    return CDEvent(_document(event.document, form, target))


class _Plan(NamedTuple):
    """How documents of one form become those of another."""

    changes: Changes
    version: str
    """What `specversion` is called."""
    had_type: bool
    has_type: bool
    """Whether `subject.type` was required and is."""


def _plan(form: EventType, target: EventType) -> _Plan:
    # All custom types are alike, and there is no end of them to keep plans for.
    return _compared(_any_custom(form), _any_custom(target))


@cache
def _compared(form: EventType, target: EventType) -> _Plan:
    now, then = schema(form), schema(target)
    had_type, has_type = ("type" in _part(each, "subject")["required"] for each in (now, then))
    return _Plan(
        compare(now, then),
        next(name for name in _VERSION if name in _part(then, "context")["properties"]),
        had_type,
        has_type,
    )


def _document(document: Mapping[str, Any], form: EventType, target: EventType) -> dict[str, Any]:
    plan = _plan(form, target)
    result: dict[str, Any] = translated(dict(document), plan.changes)
    context = {
        plan.version: target.specversion,
        **{name: part for name, part in result["context"].items() if name not in _VERSION},
        "type": target.name,
    }
    subject = dict(result["subject"])
    if plan.has_type:
        subject.setdefault("type", target.subject_type)
    elif plan.had_type and subject.get("type") == target.subject_type:
        del subject["type"]
    return {**result, "context": context, "subject": subject}


def _is_custom_of_today(context: Mapping[str, Any]) -> bool:
    return "specversion" in context and context["type"].startswith(CUSTOM_PREFIX)


def _form_of(event: CDEvent) -> EventType | None:
    """The type of an event in the form that it has; None for an unknown type."""
    context = event.document["context"]
    event_type = lookup(context["type"])
    if event_type is None:
        return None
    old = event_type.custom and "version" in context and "specversion" not in context
    return event_type.of(CUSTOM_RELEASES[0] if old else event_type.specversion)


def _forms(form: EventType) -> list[EventType]:
    """The kind as each release has it, oldest first."""
    found = (in_release(_name(form), release) for release in RELEASES)
    return [each for each in found if each is not None]


def _name(form: EventType) -> str:
    return form.name if form.custom else form.kind


def _any_custom(form: EventType) -> EventType:
    if not form.custom:
        return form
    any_type = lookup("dev.cdeventsx.any-subject.predicate.0.0.0")
    assert any_type is not None
    return any_type.of(form.specversion)


def _part(described: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = described["properties"][name]
    return part


def _listed(having: Iterable[EventType]) -> str:
    return f"it is in {', '.join(each.specversion for each in having)}"
