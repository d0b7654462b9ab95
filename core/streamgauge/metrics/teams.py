"""Teams: which services and repositories are whose, from which day until which."""

from __future__ import annotations

import hashlib
import logging
import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings

logger = logging.getLogger(__name__)

_REMEMBERED = 100_000
"""Services, and repositories, whose teams are looked up once."""

Stamp = tuple[int, int, int] | None
"""What tells one state of a file from another; None where there is no file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[team]]`` of the file: what is the team's on the days `first` <= day < `after`."""

    team: str
    services: Sequence[str]
    """Exact names, or with ``*`` for any characters."""
    repositories: Sequence[str]
    first: date = date.min
    after: date = date.max


class Teams:
    """Whose a service or a repository is on a day. The same for good: `fresh` gives what is now.

    The first entry of the file that names the service and holds the day decides; where none does,
    the first that names the repository. So a service that the file names is one team's on one day,
    whichever repository it was deployed from.
    """

    def __init__(
        self, entries: Sequence[Entry] = (), path: Path | None = None, stamp: Stamp = None
    ) -> None:
        self._entries = tuple(entries)
        self._path = path
        self._stamp = stamp
        self._names = tuple(sorted({entry.team for entry in entries}))
        self._digest = hashlib.blake2b(repr(self._entries).encode(), digest_size=15).hexdigest()
        services = [(_pattern(entry.services), entry) for entry in entries]
        repositories = [(_pattern(entry.repositories), entry) for entry in entries]
        self._of_service = lru_cache(_REMEMBERED)(partial(_history, services))
        self._of_repository = lru_cache(_REMEMBERED)(partial(_history, repositories))

    @classmethod
    def none(cls) -> Teams:
        """No teams at all."""
        return cls()

    @classmethod
    def load(cls, path: Path) -> Teams:
        """Those of a file. Raises SettingsError with the file, the entry and what is wrong."""
        stamp = _stamp(path)  # before it is read: what is written meanwhile is another state
        return cls(_read(path), path, stamp)

    @classmethod
    def configured(cls, settings: Settings) -> Teams:
        """Those of the file that the setting ``teams`` names. Raises SettingsError as `load`."""
        return cls.none() if settings.teams is None else cls.load(settings.teams)

    def fresh(self) -> Teams:
        """These, or those of the file as it is now if it has changed.

        A file that cannot be read any more changes nothing; the log says so, once.
        """
        if self._path is None or (stamp := _stamp(self._path)) == self._stamp:
            return self
        try:
            return Teams.load(self._path)
        except SettingsError as error:
            logger.error("the teams stay as they were: %s", error)
            return Teams(self._entries, self._path, stamp)

    def names(self) -> Sequence[str]:
        """All teams, in the order of the alphabet."""
        return self._names

    @property
    def digest(self) -> str:
        """The same for the same entries, in every process."""
        return self._digest

    def of(self, service: str | None, repository: str | None, day: date) -> str | None:
        """The team whose the service, or else the repository, is on the day; None for nobody's."""
        team = None if service is None else _on(self._of_service(service), day)
        if team is None and repository is not None:
            team = _on(self._of_repository(repository), day)
        return team


@dataclass(frozen=True, slots=True)
class _History:
    """From each of the days on, the team beside it, until the next of the days."""

    days: Sequence[date]
    teams: Sequence[str | None]


def _on(history: _History, day: date) -> str | None:
    return history.teams[bisect_right(history.days, day) - 1]


def _history(entries: Sequence[tuple[re.Pattern[str], Entry]], name: str) -> _History:
    its = [entry for pattern, entry in entries if pattern.fullmatch(name)]
    days = sorted({date.min, *(e.first for e in its), *(e.after for e in its)})
    teams = [next((e.team for e in its if e.first <= day < e.after), None) for day in days]
    return _History(days, teams)


def _pattern(names: Sequence[str]) -> re.Pattern[str]:
    # Without any name it matches nothing.
    return re.compile("|".join(map(_expression, names)) or "(?!)", re.DOTALL)


def _expression(name: str) -> str:
    first, *rest = (re.escape(part) for part in name.split("*"))
    if not rest:
        return first
    # What stands between two stars is found where it first comes, and never looked for again:
    # else a name could be written that takes years.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return f"{first}{middle}.*{rest[-1]}"


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> list[Entry]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"the teams {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the teams {path} are not TOML: {error}") from None
    given = document.pop("team", None)
    if document or not isinstance(given, list) or not given:
        raise SettingsError(f"the teams {path} must be tables [[team]], and nothing else")
    return [_entry(f"the teams {path}, [[team]] {n}", table) for n, table in enumerate(given, 1)]


def _entry(where: str, table: Any) -> Entry:
    try:
        return _checked(table)
    except ValueError as error:
        name = table.get("name") if isinstance(table, Mapping) else None
        raise SettingsError(f"{where}{f' ({name!r})' if name else ''}: {error}") from None


def _checked(table: Any) -> Entry:
    known = ("name", "services", "repositories", "from", "until")
    if not isinstance(table, Mapping):
        raise ValueError("must be a table")
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"there is no {', '.join(unknown)}; there are: {', '.join(known)}")
    name = table.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError("'name' must be a printable text")
    services, repositories = (_names(table, key) for key in ("services", "repositories"))
    if not services and not repositories:
        raise ValueError("must have 'services' or 'repositories'")
    first, after = _day(table, "from", date.min), _day(table, "until", date.max)
    if first >= after:
        raise ValueError("'from' must be before 'until'")
    return Entry(name, services, repositories, first, after)


def _names(table: Mapping[str, Any], key: str) -> list[str]:
    names = table.get(key, [])
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
        raise ValueError(f"{key!r} must be a list of texts")
    return names


def _day(table: Mapping[str, Any], key: str, default: date) -> date:
    day = table.get(key, default)
    if type(day) is not date:  # an instant is one too, and begins no day
        raise ValueError(f"{key!r} must be a day such as 2026-01-31")
    return day
