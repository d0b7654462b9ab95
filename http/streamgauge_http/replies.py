"""Answers that are the same until something moves: their tags, and the forms that they have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from falcon import HTTP_304
from falcon.asgi import Request, Response

from streamgauge import csv_text, json_codec
from streamgauge.metrics import parameters as read
from streamgauge.metrics.rows import Table
from streamgauge_http.operations import JSON, Parameter
from streamgauge_http.parameters import one_of

FORMATS: Final = ("json", "csv")
FORMAT: Final = Parameter("format", "JSON, or a table.", one_of(FORMATS))
MEDIA_TYPES: Final = (JSON, "text/csv")
_TYPES: Final = {"json": JSON, "csv": "text/csv; charset=utf-8; header=present"}
# Whoever has an answer asks whether it still holds: nobody but the log can say when it is over.
_CACHING: Final = "private, no-cache"
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class Form(NamedTuple):
    """In which form an answer is wanted, and which answers the client has in this form."""

    name: str
    tags: Collection[str]
    """Of those that the client has in this form; a star stands for any."""

    def has(self, tag: str) -> bool:
        """Whether the client has the answer of this tag."""
        return tag in self.tags or "*" in self.tags

    def tag(self, tag: str) -> str:
        """What a tag is in this form."""
        return tag if self.name == "json" else f"{tag}-{self.name}"

    def parameters(self) -> Mapping[str, list[str]]:
        """What asks for it again."""
        return {} if self.name == "json" else {"format": [self.name]}


class Reply(NamedTuple):
    """What is sent."""

    tag: str
    """Empty where nobody is to ask whether it still holds."""
    body: bytes | None
    """None where the client has it."""
    following: str | None = None
    """The address of the next page."""


def form_of(req: Request, given: dict[str, Sequence[str]]) -> Form:
    """Takes ``format`` out of the parameters. Raises InvalidQuery where it is none of `FORMATS`."""
    name = read.choice(given, "format", FORMATS, default="json")
    given.pop("format", None)
    end = "" if name == "json" else f"-{name}"
    tags = [str(tag) for tag in req.if_none_match or ()]
    return Form(name, {tag.removesuffix(end) for tag in tags if tag == "*" or tag.endswith(end)})


def written(
    form: Form, document: Mapping[str, Any], table: Callable[[Mapping[str, Any]], Table]
) -> bytes:
    """The document in the wanted form, of which `table` makes rows."""
    if form.name == "json":
        return json_codec.encode(document)
    return csv_text.encode(*table(document))


def send(resp: Response, form: Form, reply: Reply, filename: str) -> None:
    """Send it, or say that it is what the client has."""
    if reply.tag:
        resp.set_header("ETag", f'W/"{form.tag(reply.tag)}"')
    resp.set_header("Cache-Control", _CACHING)
    if reply.body is None:
        resp.status = HTTP_304
        return
    resp.content_type = _TYPES[form.name]
    resp.data = reply.body
    if form.name == "csv":
        name = _STRANGE.sub("-", filename)
        resp.set_header("Content-Disposition", f'attachment; filename="{name}.csv"')
        if reply.following is not None:
            resp.append_header("Link", f'<{reply.following}>; rel="next"')
