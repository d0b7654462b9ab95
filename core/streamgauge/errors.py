"""Every error that Streamgauge raises on purpose, in one tree.

StreamgaugeError
├── SettingsError             a setting is missing or makes no sense
├── PluginError               a plugin could not be loaded, or asks for what is not installed
├── RoutesError               the routing table cannot be read
├── InvalidTransformer        a declarative transformer's file cannot be read
├── DatabaseUnavailable       Postgres cannot be reached just now
├── SchemaError               the tables are not those this version needs
├── EmbeddedPostgresError     the embedded server cannot be started
├── ReplayRefused             a replay or a way back that cannot be
├── ArchiveError              archived payloads that are needed, or a folder that is not whole
├── InvalidInput              something from outside was refused; subclasses say what
│   ├── InvalidCloudEvent
│   ├── UnsupportedMediaType
│   ├── BatchTooLarge
│   ├── InvalidCDEvent
│   ├── InvalidQuery
│   └── WebhookRefused
├── UnknownName               a name that nothing is registered under
│   └── UnknownId             an id that no event and no projection has
├── ServiceUnreachable        a service that is asked over HTTP does not answer
├── ProblemAnswer             a service that is asked over HTTP answers with a problem
└── UnexpectedAnswer          what is asked over HTTP answers as no Streamgauge does

The text of an error is written for the person who hits it: what is wrong, where, what to do.
The facts are attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from streamgauge.shapes import Problem


class StreamgaugeError(Exception):
    """The base of every error that Streamgauge raises on purpose."""


class SettingsError(StreamgaugeError):
    """A setting is missing or makes no sense."""


class PluginError(StreamgaugeError):
    """A plugin could not be loaded, asks for what is not installed, or gave what is no answer."""


class RoutesError(StreamgaugeError):
    """The routing table cannot be read."""


class InvalidTransformer(StreamgaugeError):
    """A declarative transformer's file cannot be read; `where` is the file and the place in it."""

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.reason = reason
        self.where = where


class DatabaseUnavailable(StreamgaugeError):
    """Postgres cannot be reached just now; the same call may succeed later."""


class SchemaError(StreamgaugeError):
    """The tables in the database are not those this version needs."""


class EmbeddedPostgresError(StreamgaugeError):
    """The embedded PostgreSQL server cannot be started."""


class ReplayRefused(StreamgaugeError):
    """A replay, or the way back from one, that cannot be."""


class ArchiveError(StreamgaugeError):
    """Archived payloads are needed that are not at hand, or an archive is not as it should be."""


class InvalidInput(StreamgaugeError):
    """Something from outside was refused.

    `where` is the place in the input: a JSON pointer (``/subject/content``), a header name, a
    query parameter, or ``""`` for the input as a whole.
    """

    def __init__(self, reason: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.where = where


class InvalidCloudEvent(InvalidInput):
    """The message is not a CloudEvent of specification 1.0 or 0.3."""


class UnsupportedMediaType(InvalidInput):
    """The Content-Type says that the body is of a form that is not read here."""


class BatchTooLarge(InvalidInput):
    """A batch holds more events than one may."""


class InvalidCDEvent(InvalidInput):
    """The CDEvent does not match the schema of its declared type."""


_FEW = 50


class InvalidQuery(InvalidInput):
    """A query parameter has a value that is not allowed; `allowed` lists what is.

    The text says so too, where they are few enough to be read.
    """

    def __init__(self, reason: str, *, where: str, allowed: Iterable[str] = ()) -> None:
        self.allowed = list(allowed)
        if 0 < len(self.allowed) <= _FEW:
            reason = f"{reason}; allowed: {', '.join(self.allowed)}"
        super().__init__(reason, where=where)


class WebhookRefused(InvalidInput):
    """A webhook's sender could not be shown to be who it should be."""


class UnknownName(StreamgaugeError):
    """A name that nothing is registered under."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = sorted(known)
        listed = ", ".join(self.known) or "none"
        super().__init__(f"there is no {kind} named {name!r}; known: {listed}")


class UnknownId(UnknownName):
    """An id that no event of the logs has, and no thing of a projection in `known`.

    `left_out` names the projections that could not be asked, with the reasons.
    """

    def __init__(self, id: str, known: Iterable[str], left_out: Mapping[str, str]) -> None:  # noqa: A002
        super().__init__("event or thing", id, known)
        shown = repr(id if len(id) <= 200 else f"{id[:200]}...")
        taken = ["a CloudEvent's or a CDEvent's, which is a UUID"]
        taken += [f"of a thing that {name} knows" for name in self.known]
        others = [f"; {name} was not asked: {reason}" for name, reason in left_out.items()]
        self.args = (
            f"nothing has the id {shown}; an id is {', or '.join(taken)}{''.join(others)}",
        )


class ServiceUnreachable(StreamgaugeError):
    """The service at `url` does not answer; the same question may be answered later."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(
            f"no service answers at {url}: {reason}; start one (streamgauge serve), or give the "
            "URL of one that runs"
        )


class ProblemAnswer(StreamgaugeError):
    """A service has answered with a problem, whose members are attributes.

    `type` is ``about:blank`` for what did not come from Streamgauge: a proxy's own error, a
    redirect. `retry_after` is in seconds, None where asking again would change nothing.
    """

    def __init__(self, problem: Problem, *, retry_after: float | None = None) -> None:
        self.type = problem.type
        self.title = problem.title
        self.status = problem.status
        self.detail = problem.detail
        self.where = problem.where
        self.allowed = problem.allowed
        self.request_id = problem.request_id
        self.retry_after = retry_after
        text = f"{self.where}: {self.detail}" if self.where else self.detail
        if self.status >= 500 and self.request_id:
            text += f" (its log calls the request {self.request_id})"
        super().__init__(text)


class UnexpectedAnswer(StreamgaugeError):
    """What answers at `url` is no Streamgauge, or one of another version."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"the answer of {url} {reason}; is that the URL of a Streamgauge?")


LONGEST_REASON = 2000
"""Characters of a reason that are kept."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def describe(error: BaseException) -> str:
    """An exception as a reason: its kind and its text, on one line, without what Postgres text
    cannot hold."""
    try:
        said = f"{error}"[:LONGEST_REASON]
    except BaseException:  # whatever it is, it is no more than how a plugin's error speaks
        said = "(it cannot say what is wrong)"
    text = escape_control(f"{type(error).__name__}: {said}")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")[:LONGEST_REASON]


def escape_control(text: str) -> str:
    """The text on one line: its control characters and line ends as Python writes them."""
    return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return r"\0" if found[0] == "\0" else ascii(found[0])[1:-1]
