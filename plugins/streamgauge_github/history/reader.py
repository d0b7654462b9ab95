"""One repository that is read: what all of its parts do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import Event
from streamgauge.importing import Recording
from streamgauge.sources.fields import instant
from streamgauge_github.history import payloads
from streamgauge_github.history.api import Api
from streamgauge_github.history.errors import NotAllowed, NotThere
from streamgauge_github.history.found import Found
from streamgauge_github.options import Options

_BATCH = 100

Progress = Callable[[str, int, int | None], None]
"""What is being read, how many of it are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where all repositories are read from, and where to."""

    api: Api
    recording: Recording
    options: Options
    since: datetime
    progress: Progress


class Reader:
    """One repository, since a moment."""

    def __init__(self, source: Source, name: str) -> None:
        """Raises NotThere where there is no such repository, or the token may not see it."""
        self.source = source
        try:
            answer = source.api.get(f"/repos/{name}")
        except NotThere:
            raise NotThere(
                f"there is no repository {name}, or the token may not see it. For a private one "
                "GITHUB_TOKEN must have the scope repo, or may read its contents, deployments, "
                "issues, pull requests and actions; an organisation may ask for single sign-on too"
            ) from None
        self.here = payloads.repository(answer)
        self.found = Found(
            str(self.here.get("full_name")), branch=str(self.here.get("default_branch") or "")
        )

    @property
    def since(self) -> datetime:
        """What is older is not read."""
        return self.source.since

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        """What the token may not see, or what the repository has switched off, is noted."""
        try:
            yield
        except (NotAllowed, NotThere) as error:
            self.found.not_read.append(f"{name}: {error}")

    def get(self, *parts: str) -> Any:
        """One thing of the repository's."""
        return self.source.api.get(self._path(parts))

    def every(self, *parts: str, **parameters: str | int) -> Iterator[Any]:
        """What is in a list of the repository's."""
        for page in self.source.api.pages(self._path(parts), **parameters):
            yield from page

    def listed(self, what: str, *parts: str, **parameters: str | int) -> Iterator[Any]:
        """The same, with progress."""
        for number, each in enumerate(self.every(*parts, **parameters), start=1):
            yield each
            self.source.progress(what, number, None)

    def recent(self, newest_first: Iterable[Any], field: str) -> list[Any]:
        """Those up to the first one before the moment, oldest first."""
        found = []
        for each in newest_first:
            at = instant(each, field)
            if at is not None and at < self.since:
                break
            found.append(each)
        return found[::-1]

    def record(self, what: str, events: Sequence[Event]) -> None:
        """Record those that are new, in their order, some at a time."""
        for first in range(0, len(events), _BATCH):
            batch = events[first : first + _BATCH]
            known = self.source.recording.known(batch)
            self.source.recording.record(
                [each for each, is_known in zip(batch, known, strict=True) if not is_known]
            )
            self.source.progress(what, first + len(batch), len(events))

    def record_each(
        self,
        what: str,
        things: Sequence[Any],
        mark: Callable[[Any], Event],
        more: Callable[[Any], Sequence[Event]],
    ) -> None:
        """Record things of which a list says not all.

        `mark` is an event made of what the list says. Where the log has it, it has what was read
        because of it too, and that is not asked for again.
        """
        for first in range(0, len(things), _BATCH):
            batch = things[first : first + _BATCH]
            marks = [mark(each) for each in batch]
            known = self.source.recording.known(marks)
            for number, (thing, event) in enumerate(zip(batch, marks, strict=True)):
                if not known[number]:
                    self.source.recording.record([event, *more(thing)])
                self.source.progress(what, first + number + 1, len(things))

    def _path(self, parts: Iterable[str]) -> str:
        return "/".join(("/repos", self.found.repository, *parts))
