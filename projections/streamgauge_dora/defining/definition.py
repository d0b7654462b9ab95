"""A definition as the metrics use it, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from streamgauge_dora.bands import Bands
from streamgauge_dora.defining.sections import SECTIONS, Section

TIERS: Final = ("production", "staging", "testing", "development")
"""Every other environment is of the tier ``other``."""
KINDS: Final = ("deploy", "upgrade", "rollback", "redeploy")
RULES: Final = (
    "given",
    "root_cause",
    "artifact",
    "service",
    "tenant",
    "rollback",
    "revert",
    "hotfix",
    "failed_attempt",
)
_TABLES: Final = ("environments", "deployments", "changes", "failures", "bands", *SECTIONS)
_KEYS: Final = ("name", "title", "based_on", *_TABLES)
_KEYS_OF: Final[Mapping[str, Sequence[str]]] = {
    "environments": TIERS,
    "deployments": ("tiers", "kinds", "only_pushed"),
    "changes": ("hotfix_labels", "hotfix_branches", "revert_titles"),
    "failures": ("rules", "max_gap_hours"),
}
# Nothing that Python and Postgres would read differently.
_CLASS: Final = re.compile(r"(\*|\[(?:(?!--|&&|~~|\|\|)[^\]\\^\[])+\])")


@dataclass(frozen=True, slots=True)
class Definition:
    """What counts, and how it is counted."""

    name: str
    title: str
    bands: Bands | None
    environments: Mapping[str, Sequence[str]]
    """Tier -> names in lower case, with * and character classes."""
    tiers: Sequence[str]
    """Of the deployments that count where a question says nothing; empty means all."""
    kinds: Sequence[str]
    only_pushed: bool
    """Whether a deployment counts only if the push is known that its commit is the last one of."""
    hotfix_labels: Sequence[str]
    hotfix_branches: Sequence[str]
    revert_titles: Sequence[str]
    rules: Sequence[str]
    """What makes a deployment a failed one, the strongest first."""
    max_gap: timedelta | None
    sections: Mapping[str, Section]
    """Metric -> its formula and what that is told."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Definition:
        """Raises ValueError that says what is wrong, and where."""
        return _read(_Frozen(document))

    def section(self, metric: str) -> Section:
        """What the definition says of a metric; of one that it has no section for, and that is
        made of the others, what it says of those."""
        return self.sections.get(metric) or Section(metric, self.sections)


class _Frozen:
    """A document that is known by its content: a question reads it each time."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._text = repr(document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@cache
def _read(frozen: _Frozen) -> Definition:
    document = frozen.document
    if unknown := sorted(set(document) - set(_KEYS)):
        raise ValueError(f"there is no {', '.join(unknown)}; there are: {', '.join(_KEYS)}")
    tables = {name: document.get(name, {}) for name in _TABLES if name != "bands"}
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise ValueError(f"{name} must be a table")
        known = _KEYS_OF.get(name, table)
        if unknown := sorted(set(table) - set(known)):
            raise ValueError(f"[{name}] has no {', '.join(unknown)}, but {', '.join(known)}")
    failures = tables["failures"]
    return Definition(
        name=str(document["name"]),
        title=str(document["title"]),
        bands=_bands(document.get("bands", "none"), str(document["name"])),
        environments={tier: _globs(tables, "environments", tier) for tier in TIERS},
        tiers=_texts(tables, "deployments", "tiers", allowed=(*TIERS, "other")),
        kinds=_texts(tables, "deployments", "kinds", allowed=KINDS),
        only_pushed=_flag(tables, "deployments", "only_pushed"),
        hotfix_labels=_texts(tables, "changes", "hotfix_labels"),
        hotfix_branches=_globs(tables, "changes", "hotfix_branches"),
        revert_titles=_globs(tables, "changes", "revert_titles"),
        rules=_texts(tables, "failures", "rules", allowed=RULES),
        max_gap=_gap(failures.get("max_gap_hours", "none")),
        sections={name: Section.read(name, tables[name]) for name in SECTIONS if name in document},
    )


def pattern(glob: str) -> str:
    """A name with * and [...] as a regular expression, of Python's or of Postgres's."""
    parts = _CLASS.split(glob)
    return "".join(
        ".*" if part == "*" else part if _CLASS.fullmatch(part) else re.escape(part)
        for part in parts
    )


def _texts(
    tables: Mapping[str, Any], table: str, key: str, *, allowed: Sequence[str] | None = None
) -> tuple[str, ...]:
    value = tables[table].get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"[{table}] {key} must be a list of texts")
    if any("\0" in text for text in value):
        raise ValueError(f"[{table}] {key} holds a character that is not allowed: U+0000")
    if allowed is not None and not set(value) <= set(allowed):
        raise ValueError(f"[{table}] {key} must be some of {', '.join(allowed)}")
    return tuple(value)


def _flag(tables: Mapping[str, Any], table: str, key: str) -> bool:
    value = tables[table].get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"[{table}] {key} must be true or false")
    return value


def _globs(tables: Mapping[str, Any], table: str, key: str) -> tuple[str, ...]:
    found = _texts(tables, table, key)
    for glob in found:
        try:
            re.compile(pattern(glob))
        except re.error as error:
            raise ValueError(f"[{table}] {key}: {glob!r} is no pattern: {error.msg}") from None
    return found


def _gap(value: Any) -> timedelta | None:
    if value == "none":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise ValueError('[failures] max_gap_hours must be a number of hours, or "none"')
    return timedelta(hours=value)


def _bands(value: Any, name: str) -> Bands | None:
    if value == "none":
        return None
    if isinstance(value, Mapping):
        value = {"name": name, **value}
    try:
        return Bands.named(value) if isinstance(value, str) else Bands.read(value)
    except ValueError as error:
        raise ValueError(f"[bands] {error}") from None
