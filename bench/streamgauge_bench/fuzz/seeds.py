"""Valid requests of every kind, which are then mutated."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from streamgauge_bench.fuzz import extremes, natives, payloads
from streamgauge_bench.fuzz.tree import places, put, tree_of

Headers = list[tuple[bytes, bytes]]

STRUCTURED = b"application/cloudevents+json"
BATCH = b"application/cloudevents-batch+json"
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"
PATHS = (b"/", b"/cloudevents")


@dataclass(slots=True)
class Draft:
    """A request before its body is written."""

    kind: str
    path: bytes
    headers: Headers
    tree: Any = None
    """The JSON of the body; `body` counts where it is None."""
    body: bytes = b""
    method: str = "POST"
    query: bytes = b""
    signed: bool = False
    """Whether it is signed as GitHub does, once the body is written."""
    form: bool = False
    """Whether the JSON travels as a form's field `payload`."""
    blind: list[int] = field(default_factory=list)
    """A number for each change of bytes that is made once the body is written."""
    length: bytes | None = None
    """What Content-Length says; None means the truth and `length_off`."""
    length_off: int = 0
    whole: bool = True


def draft(rng: Random, number: int) -> Draft:
    """A valid request: which one, `rng` decides; `number` makes its ids its own."""
    return rng.choices(_MAKERS, _WEIGHTS)[0](rng, number)


def _id(rng: Random, number: int) -> str:
    """Mostly an id of its own; else one of a few, so that there are duplicates and conflicts."""
    return f"same-{rng.randrange(40)}" if rng.random() < 0.05 else f"event-{number}"


def _attributes(rng: Random, number: int) -> dict[str, Any]:
    event_type, data = payloads.event(rng)
    given: dict[str, Any] = {
        "specversion": "1.0",
        "id": _id(rng, number),
        "source": "/fuzz",
        "type": event_type,
    }
    given |= {
        name: value
        for name, value in (
            ("time", "2026-03-01T12:30:00.123Z"),
            ("subject", "shop"),
            ("dataschema", "https://schemas.example/one"),
            ("comexampleone", rng.choice((True, 7, "seven", ""))),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        )
        if rng.random() < 0.4
    }
    return given | {"data": data}


def _event(rng: Random, number: int) -> dict[str, Any]:
    """A structured event, with data of one of the three kinds or without."""
    event = _attributes(rng, number)
    kind = rng.randrange(10)
    if kind == 0:
        del event["data"]
    elif kind == 1:
        event |= {"datacontenttype": "text/plain", "data": "some text"}
    elif kind in (2, 3):
        del event["data"]
        event["data_base64"] = base64.b64encode(rng.randbytes(20)).decode()
        if kind == 3:
            event["datacontenttype"] = "application/octet-stream"
    elif kind < 7:
        event["datacontenttype"] = "application/json"
    return event


def _binary(rng: Random, number: int) -> Draft:
    event = _attributes(rng, number)
    data = event.pop("data")
    headers = _ce_headers(event)
    kind = rng.randrange(6)
    if kind == 0:
        return Draft("binary", rng.choice(PATHS), headers)
    if kind == 1:
        headers.append((b"content-type", b"image/png"))
        return Draft("binary", rng.choice(PATHS), headers, body=rng.randbytes(30))
    if kind == 2:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
        return Draft("binary", rng.choice(PATHS), headers, body="Grüße".encode())
    headers.append((b"content-type", JSON))
    return Draft("binary", rng.choice(PATHS), headers, tree=tree_of(data))


def _ce_headers(attributes: dict[str, Any]) -> Headers:
    return [(f"ce-{name}".encode(), str(value).encode()) for name, value in attributes.items()]


def _structured(rng: Random, number: int) -> Draft:
    content_type = rng.choice((STRUCTURED, STRUCTURED + b"; charset=utf-8"))
    headers = [(b"content-type", content_type)]
    return Draft("structured", rng.choice(PATHS), headers, tree=tree_of(_event(rng, number)))


def _mislabelled(rng: Random, number: int) -> Draft:
    headers = [(b"content-type", JSON)]
    return Draft("mislabelled", rng.choice(PATHS), headers, tree=tree_of(_event(rng, number)))


def _batch(rng: Random, number: int) -> Draft:
    # The greatest is over the limit of events in a batch.
    count = rng.choices((0, 1, 2, 5, 20, 60), (1, 3, 6, 3, 0.3, 0.1))[0]
    events = [_event(rng, number) for _ in range(count)]
    for place, event in enumerate(events):
        event["id"] += f"-{place // 2 if rng.random() < 0.05 else place}"
    return Draft("batch", rng.choice(PATHS), [(b"content-type", BATCH)], tree=tree_of(events))


def _old_structured(rng: Random, number: int) -> Draft:
    event = _attributes(rng, number) | {"specversion": "0.3"}
    if (schema := event.pop("dataschema", None)) is not None:
        event["schemaurl"] = rng.choice((schema, "/relative"))
    if rng.random() < 0.3:
        event |= {"datacontentencoding": "base64", "data": "AAECAw=="}
    if rng.random() < 0.3:
        event["comexamplemap"] = {"key": "value"}
    headers = [(b"content-type", STRUCTURED)]
    return Draft("0.3 structured", rng.choice(PATHS), headers, tree=tree_of(event))


def _old_binary(rng: Random, number: int) -> Draft:
    event = _attributes(rng, number) | {"specversion": "0.3"}
    data = event.pop("data")
    if rng.random() < 0.5:
        event |= {"comexamplemap-key": "value", "comexamplemap-other": "thing"}
    headers = [*_ce_headers(event), (b"content-type", JSON)]
    return Draft("0.3 binary", rng.choice(PATHS), headers, tree=tree_of(data))


def _native(rng: Random, number: int) -> Draft:
    """A CDEvent to its own door; one of the SDKs in use repeats neither id nor time."""
    document = natives.document(rng, _id(rng, number))
    event = natives.around(document)
    if rng.random() < 0.3:
        event |= {"id": f"sdk-{number}", "time": "2026-03-02T00:00:00Z"}
    path = rng.choice((b"/cdevents", b"/cdevents", b"/cdevents", b"/"))
    kind = rng.randrange(4)
    if kind == 0:
        headers = [*_ce_headers(event), (b"content-type", JSON)]
        return Draft("cdevent binary", path, headers, tree=tree_of(document))
    event |= {"datacontenttype": "application/json", "data": document}
    if kind == 1:
        other = natives.document(rng, f"event-{number}-b")
        events = [event, natives.around(other) | {"data": other}]
        return Draft("cdevent batch", path, [(b"content-type", BATCH)], tree=tree_of(events))
    return Draft("cdevent structured", path, [(b"content-type", STRUCTURED)], tree=tree_of(event))


def _github(rng: Random, number: int) -> Draft:
    name, data = payloads.github(rng, number)
    form = rng.random() < 0.2
    headers = [
        (b"content-type", FORM if form else JSON),
        (b"x-github-event", name.encode()),
        (b"x-github-delivery", _id(rng, number).encode()),
    ]
    return Draft("github", b"/webhooks/github", headers, tree=tree_of(data), signed=True, form=form)


def as_form(body: bytes) -> bytes:
    """What GitHub sends where a webhook is set to be a form."""
    return b"payload=" + quote_from_bytes(body, safe="").encode()


def _deep(rng: Random, number: int) -> Draft:
    """One of the others with something deep in it: valid, or just not."""
    made = rng.choice((_structured, _old_structured, _native, _github))(rng, number)
    put(rng.choice(list(places(made.tree))), extremes.deep(rng))
    return made


def _unknown(rng: Random, number: int) -> Draft:
    path = rng.choice((b"/webhooks/unknown", b"/webhooks/GitHub", b"/webhooks/%00", b"/nowhere"))
    return Draft("unknown", path, [(b"content-type", JSON)], tree=tree_of({"a": number}))


def _handshake(rng: Random, number: int) -> Draft:
    path = rng.choice((*PATHS, b"/cdevents", b"/webhooks/github", b"/webhooks/unknown"))
    headers = [
        (b"webhook-request-origin", rng.choice((b"eventemitter.example.com", b"other.example"))),
        (b"webhook-request-rate", rng.choice((b"120", b"*", b"0", b"007", b"1" * 120))),
        (b"webhook-request-callback", b"https://eventemitter.example.com/confirm?id=1"),
    ]
    kept = [header for header in headers if rng.random() < 0.7]
    return Draft("handshake", path, kept, method="OPTIONS")


def _query(rng: Random, number: int) -> Draft:
    path, query = rng.choice(
        (
            (b"/v1/events/cloudevents", b"limit=3&order=desc"),
            (b"/v1/events/cdevents", b"limit=3&cursor=0"),
            (b"/v1/metrics", b""),
            (b"/v1/dead-letters", b"limit=3&state=parked&state=done&stage=cdevents"),
            (b"/v1/dead-letters/00000000-0000-5000-8000-000000000000", b"tenant=default"),
            (b"/v1/metrics/deployment_frequency", b"interval=week&group_by=service"),
            (b"/v1/projections", b""),
            (b"/v1/overview", b"service=shop&interval=month"),
            (b"/v1/lineage/00000000-0000-5000-8000-000000000000", b""),
            (b"/v1/lineage/https%3A//x.example/%FF%00/", b""),
            (b"/deploy-frequency/month", b""),
            (b"/", b""),
        )
    )
    return Draft("query", path, [], method="GET", query=query)


_SHARES: dict[Callable[[Random, int], Draft], float] = {
    _binary: 20,
    _structured: 20,
    _batch: 8,
    _mislabelled: 6,
    _old_structured: 5,
    _old_binary: 5,
    _native: 20,
    _github: 9,
    _deep: 2,
    _unknown: 2,
    _handshake: 4,
    _query: 2,
}
_MAKERS, _WEIGHTS = list(_SHARES), list(_SHARES.values())
