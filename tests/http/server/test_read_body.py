"""`read_body` and `WholeBodies` by themselves, for servers other than ours as well."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import falcon.asgi
import falcon.testing
import pytest

from streamgauge_http.server.body import (
    BodyCutShort,
    BodyTooLarge,
    WholeBodies,
    client_left,
    read_body,
)

LIMIT = 10


def run(app, events, headers=()):
    """Call the application as a server would; what it received from `events`, and what it sent."""
    events = list(events)
    sent = []

    async def receive():
        return events.pop(0)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": list(headers),
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], events


class Resource:
    def __init__(self):
        self.result = None

    async def on_post(self, req, resp):
        try:
            self.result = await read_body(req, LIMIT)
        except (BodyTooLarge, BodyCutShort, RuntimeError) as error:
            self.result = type(error)


@pytest.fixture
def resource():
    return Resource()


@pytest.fixture
def app(resource):
    app = falcon.asgi.App()
    app.add_route("/", resource)
    return app


def piece(body, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}
CASES = {
    "nothing": ([piece(b"", False)], b""),
    "no body key": ([{"type": "http.request"}], b""),
    "one piece": ([piece(b"abc", False)], b"abc"),
    "many pieces": ([piece(b"abc"), piece(b""), piece(b"def"), piece(b"", False)], b"abcdef"),
    "exactly the limit": ([piece(b"0123456789"), piece(b"", False)], b"0123456789"),
    "one too many": ([piece(b"0123456789"), piece(b"x", False)], BodyTooLarge),
    "cut short at once": ([GONE], BodyCutShort),
    "cut short later": ([piece(b"abc"), GONE], BodyCutShort),
    "cut short at the limit": ([piece(b"0123456789"), GONE], BodyCutShort),
}


@pytest.mark.parametrize(("events", "result"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_body_is_whole_or_an_error(app, resource, events, result, layers):
    for _ in range(layers):
        app = WholeBodies(app)
    assert run(app, events)[0] == 200
    assert resource.result == result


def test_reading_stops_at_the_limit(app, resource):
    events = [piece(b"0123456"), piece(b"0123456"), piece(b"0123456"), piece(b"", False)]
    assert len(run(WholeBodies(app), events)[1]) == 2
    assert resource.result is BodyTooLarge


def test_nothing_is_read_of_what_is_declared_too_large(app, resource):
    events = [piece(b"0123456"), piece(b"0123456", False)]
    assert run(WholeBodies(app), events, [(b"content-length", b"14")])[1] == events
    assert resource.result is BodyTooLarge


def test_without_the_guard_only_a_declared_length_can_be_checked(app, resource):
    three = [(b"content-length", b"3")]
    run(app, [piece(b"abc", False)], three)
    assert resource.result == b"abc"
    run(app, [piece(b"ab"), GONE], three)
    assert resource.result is BodyCutShort
    run(app, [piece(b"ab"), GONE])
    assert resource.result is RuntimeError


def test_falcons_test_client_needs_no_guard(app, resource):
    falcon.testing.simulate_post(app, "/", body=b"abc")
    assert resource.result == b"abc"


def test_the_end_of_the_connection_after_the_body_is_passed_on():
    seen = []

    async def app(scope, receive, send):
        seen.extend([await receive() for _ in range(3)])
        await send({"type": "http.response.start", "status": 200})

    run(WholeBodies(app), [piece(b"abc", False), GONE])
    assert [event["type"] for event in seen] == ["http.request", "http.request", "http.disconnect"]


def test_an_answer_without_the_body_is_told_that_the_client_left():
    seen = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        seen.extend([await receive() for _ in range(3)])

    run(WholeBodies(app), [piece(b"abc"), GONE])
    assert [event["type"] for event in seen] == ["http.request", "http.request", "http.disconnect"]


def test_other_scopes_are_passed_on():
    seen = []

    async def app(*arguments):
        seen.append(arguments)

    arguments = ({"type": "lifespan"}, object(), object())
    asyncio.run(WholeBodies(app)(*arguments))
    assert seen == [arguments]


def test_whether_the_client_has_left_is_known_inside_only():
    with pytest.raises(RuntimeError, match="WholeBodies"):
        asyncio.run(client_left(SimpleNamespace(scope={})))
