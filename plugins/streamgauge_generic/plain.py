"""The plain words that a script can say something in: which members there are, and what each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from streamgauge.errors import InvalidInput
from streamgauge.sources.fields import ident, instant, text
from streamgauge.uris import is_uri_reference

Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return text(value) is not None


def _is_address(value: Any) -> bool:
    return _is_text(value) and is_uri_reference(value)


def _is_id(value: Any) -> bool:
    return ident(value) is not None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) for each in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_time(value: Any) -> bool:
    return instant(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _are_commits(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and not any(_faults(each, COMMIT)) for each in value
    )


TEXT: Final = ("a text", _is_text)
ADDRESS: Final = ("an address, that of its page", _is_address)
ID: Final = ("a text or a whole number", _is_id)
TEXTS: Final = ("a list of texts", _are_texts)
FLAG: Final = ("true or false", _is_flag)
TIME: Final = ("a time such as 2026-03-01T12:30:00Z", _is_time)
COUNT: Final = ("a whole number", _is_count)


def words(*allowed: str) -> tuple[str, Test]:
    """One of some words."""
    return f"one of {', '.join(allowed)}", lambda value: value in allowed


Members = Mapping[str, tuple[str, Test]]
"""A member to what it must be; a name with ``!`` is needed."""

COMMIT: Final[Members] = {
    "id!": TEXT,
    "timestamp!": TIME,
    "author": TEXT,
    "merge": FLAG,
    "directories": ("a list of texts", lambda value: isinstance(value, list)),
}
_LABELLED: Final[Members] = {"title": TEXT, "labels": TEXTS, "time": TIME, "url": TEXT}
_CODE: Final[Members] = {"repository": ADDRESS, "commit": TEXT, "time": TIME, "url": TEXT}
KINDS: Final[Mapping[str, Members]] = {
    "deployment": {
        "id!": ID,
        "service!": TEXT,
        "environment": TEXT,
        "outcome": words("success", "failure"),
        "change": words("deployed", "upgraded", "rolledback"),
        "artifact": TEXT,
        "version": TEXT,
        "startedAt": TIME,
        "production": FLAG,
        "fixes": TEXTS,
        **_CODE,
    },
    "change": {
        "id!": ID,
        "repository!": ADDRESS,
        "branch": TEXT,
        "commit": TEXT,
        "head": TEXT,
        "state!": words("created", "reviewed", "updated", "merged", "abandoned"),
        "firstCommitAt": TIME,
        "commits": COUNT,
        "author": TEXT,
        **_LABELLED,
    },
    "push": {
        "repository!": ADDRESS,
        "branch!": TEXT,
        "before": TEXT,
        "after!": TEXT,
        "forced": FLAG,
        "commits!": ("a list of commits", _are_commits),
        "time": TIME,
    },
    "artifact": {"id!": TEXT, "digest": TEXT, **_CODE},
    "incident": {
        "id!": ID,
        "state!": words("detected", "resolved"),
        "service": TEXT,
        "environment": TEXT,
        "deployments": TEXTS,
        "rootCause": TEXT,
        "retracted": FLAG,
        **_LABELLED,
    },
}


def check(data: Mapping[str, Any]) -> None:
    """Raises InvalidInput that says which member is wrong and what it must be."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInput(
            f"must be one of {', '.join(KINDS)}; give a payload of another form a name, "
            "/webhooks/generic?name=mine, and map it by a declarative transformer",
            where="/kind",
        )
    for where, fault in _faults(data, KINDS[kind]):
        raise InvalidInput(fault, where=where)


def _faults(data: Mapping[str, Any], members: Members) -> list[tuple[str, str]]:
    known = {"kind", *(name.rstrip("!") for name in members)}
    faults = [
        (f"/{name}", f"there is no such member; there are: {', '.join(sorted(known))}")
        for name in data
        if name not in known
    ]
    for name, (wanted, test) in members.items():
        member, needed = name.rstrip("!"), name.endswith("!")
        value = data.get(member)
        if value is None and needed:
            faults.append((f"/{member}", f"is needed: {wanted}"))
        elif value is not None and not test(value):
            faults.append((f"/{member}", f"must be {wanted}"))
    return faults
