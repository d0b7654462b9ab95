"""What an answer stands on: the builds that it is read from, and how far each of them is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import psycopg
from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge import __version__, json_codec
from streamgauge.errors import DatabaseUnavailable, ReplayRefused
from streamgauge.metrics.places import Place
from streamgauge.postgres.database import Database
from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.streams.positions import TABLE

if TYPE_CHECKING:
    from streamgauge.plugins import Plugins

_TRIES: Final = 5
T = TypeVar("T")

Document = dict[str, Any]
Known = Callable[[str], bool]
"""Whether who asks has the answer of this tag already."""


def unknown(tag: str) -> bool:
    """Who asks has nothing."""
    return False


class Told(NamedTuple):
    """A document, and the tag that it has for as long as it is the same."""

    tag: str
    document: Document | None
    """None where the tag is known already."""
    fields: Sequence[str] = ()
    """Of a page of an explanation: what the items of all its pages have."""
    following: Place | None = None
    """Of such a page: where the next one begins."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a reader is, and when it was last moved: facts that come late move it to where it
    is."""

    position: int
    moved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The current builds of a stage and of all below it, in one snapshot."""

    line: Sequence[Build]
    moments: Sequence[Moment]
    """One for each build of the line."""


def consistently(database: Database, name: str, read: Callable[[Cursor[TupleRow]], T]) -> T:
    """What is read in one snapshot. A replay may swap another build in meanwhile: then the new one
    is read. Raises DatabaseUnavailable where `name` is swapped again and again."""
    for _ in range(_TRIES):
        try:
            with database.snapshot() as cursor:
                return read(cursor)
        except (psycopg.errors.UndefinedTable, ReplayRefused):
            continue
    raise DatabaseUnavailable(f"the tables of {name} are being replaced; try again")


def standing(cursor: Cursor[TupleRow], stage: str) -> Standing:
    """Of the build that readers see. Raises DatabaseUnavailable where there is none yet."""
    line = builds.current_line(cursor, stage)
    cursor.execute(
        SQL(
            "select application_name, notification_id, updated_at from {}"
            " where application_name = any(%s)"
        ).format(Identifier(TABLE)),
        ([build.reader for build in line],),
    )
    found = {reader: Moment(position, at) for reader, position, at in cursor.fetchall()}
    return Standing(line, [found.get(build.reader, Moment(0, None)) for build in line])


def tag_of(plugins: Plugins, standing: Standing, *asked: object) -> str:
    """The validator of an answer: the same only where the question, what it stands on and the
    programs are the same. Whatever else decides the answer is to be among what is `asked`."""
    # The lowest is the router, whose position says nothing of what was made of its events.
    made = [
        (build.reader, build.version, build.definition, moment.position, moment.moved_at)
        for build, moment in zip(standing.line, standing.moments, strict=True)
        if build.source is not None
    ]
    programs = [__version__, [(plugin.name, plugin.version) for plugin in plugins.plugins]]
    return _digest([programs, made, list(asked)])


def together(tags: Iterable[str]) -> str:
    """The validator of what is made of several answers."""
    return _digest(list(tags))


def _digest(value: object) -> str:
    return hashlib.blake2b(json_codec.encode(value), digest_size=15).hexdigest()
