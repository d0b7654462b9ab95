"""The client: a method for each thing that a service is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Literal, TypeVar, Unpack

import msgspec

from streamgauge import json_codec, shapes
from streamgauge.client import events as sending
from streamgauge.client.asking import Asking
from streamgauge.client.events import Sendable, Sent
from streamgauge.client.questions import ListQuestion, Question, address, segment
from streamgauge.errors import UnexpectedAnswer

T = TypeVar("T")
JSON: Final = "application/json"
DEFAULT_URL: Final = "http://127.0.0.1:8080"


class Client:
    """Asks the service at `url`, showing `token` if there is one; a context manager.

    It keeps one connection open, and is for one thread at a time. `timeout` is in seconds, for each
    step of a request; `patience`, in seconds, for how long at most one is tried again that is
    answered with 429 or 503. Every method may raise ServiceUnreachable, ProblemAnswer, and
    UnexpectedAnswer for what is no answer of a service; InvalidInput for what cannot be sent. The
    constructor raises SettingsError.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 30.0,
    ) -> None:
        self._asking = Asking(url, token, timeout=timeout, patience=patience)

    def __repr__(self) -> str:
        return f"Client({str(self._asking.address)!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; another question opens it again."""
        self._asking.close()

    def metrics(self) -> list[shapes.MetricInfo]:
        """The metrics that there are."""
        return self._get("/v1/metrics", shapes.MetricList).items

    def metric(self, name: str, **question: Unpack[Question]) -> shapes.Metric:
        """A metric's answer."""
        return self._get(address(f"/v1/metrics/{segment(name)}", question), shapes.Metric)

    def explain(
        self, name: str, *, limit: int = 1000, **question: Unpack[Question]
    ) -> Iterator[shapes.Explanation]:
        """What a metric's answer over the range is made of, page by page, of `limit` items each."""
        path = f"/v1/metrics/{segment(name)}/explain"
        return self._pages(address(path, {**question, "limit": limit}), shapes.Explanation)

    def deployments(self, **question: Unpack[ListQuestion]) -> Iterator[dict[str, Any]]:
        """The deployments, the newest first."""
        return self.items("/v1/deployments", **question)

    def changes(self, **question: Unpack[ListQuestion]) -> Iterator[dict[str, Any]]:
        """The changes, the newest first."""
        return self.items("/v1/changes", **question)

    def incidents(self, **question: Unpack[ListQuestion]) -> Iterator[dict[str, Any]]:
        """The incidents, the newest first."""
        return self.items("/v1/incidents", **question)

    def items(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of any path that is paged, such as a list that a plugin brings."""
        for page in self._pages(address(path, parameters), _Page):
            yield from page.items

    def events(
        self,
        log: Literal["cloudevents", "cdevents"] = "cloudevents",
        *,
        order: Literal["asc", "desc"] = "asc",
        tenant: str | None = None,
        limit: int | None = None,
    ) -> Iterator[shapes.RecordedEvent]:
        """The events of a log, the oldest first, or the newest; `limit` is that of a page."""
        asked = {"order": order, "tenant": tenant, "limit": limit}
        for page in self._pages(address(f"/v1/events/{log}", asked), shapes.EventPage):
            yield from page.items

    def lineage(self, id: str, *, tenant: str | None = None) -> shapes.Lineage:  # noqa: A002
        """The events that something is made of, or that were made of it."""
        path = address(f"/v1/lineage/{segment(id)}", {"tenant": tenant})
        return self._get(path, shapes.Lineage)

    def projections(self) -> list[shapes.Stage]:
        """How far the log of CDEvents, the projections, derived facts and metrics are."""
        return self._get("/v1/projections", shapes.StageList).items

    def replay(
        self, name: str, action: Literal["replay", "compare", "rollback"] = "replay"
    ) -> shapes.Replay:
        """Ask for a replay of a stage, as it stands when it was asked for."""
        path = f"/v1/projections/{segment(name)}/replay"
        answer = self._asking.post(path, json_codec.encode({"action": action}), JSON)
        return self._decoded(path, answer.body, shapes.Replay)

    def send(
        self,
        events: Iterable[Sendable],
        *,
        path: Literal["/cloudevents", "/cdevents"] = "/cloudevents",
    ) -> Sent:
        """Send events, in batches of up to 1,000 and 4 MiB, and wait until they are on disk.

        Those of the batches before one that is refused are recorded. Sent again they are
        duplicates, which count nowhere. At `/cdevents` each must be a valid CDEvent.
        """
        sent = Sent()
        for body in sending.batches(events):
            answer = self._asking.post(path, body, sending.MEDIA_TYPE, repeatable=True)
            sent = sent.and_those_of(answer)
        return sent

    def raw(self, path: str, *, body: Any = None, accept: str = JSON, **parameters: Any) -> bytes:
        """What any path answers, as it is; with a `body`, which becomes JSON, it is a POST.

        Raises ValueError for a body that JSON cannot hold.
        """
        asked = address(path, parameters)
        if body is None:
            return self._asking.get(asked, accept)
        return self._asking.post(asked, json_codec.encode(body), JSON).body

    def _get(self, path: str, shape: type[T]) -> T:
        return self._decoded(path, self._asking.get(path, JSON), shape)

    def _pages(self, path: str, shape: type[P]) -> Iterator[P]:
        following: str | None = path
        while following is not None:
            page = self._get(following, shape)
            yield page
            following = page.next
            # A path, and so of this service: the token goes nowhere else.
            if following is not None and (following[:1] != "/" or following[:2] == "//"):
                raise self._unexpected(path, "names a next page that is not its own")

    def _decoded(self, path: str, body: bytes, shape: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=shape)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._unexpected(path, f"is no {shape.__name__}: {error}") from None

    def _unexpected(self, path: str, reason: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(f"{self._asking.address}{path}", reason)


class _Page(msgspec.Struct):
    items: list[dict[str, Any]]
    next: str | None


P = TypeVar("P", shapes.Explanation, shapes.EventPage, _Page)
