"""A function is called within the trace of the event that it is sent."""

from __future__ import annotations

import pytest

from streamgauge.routing.function import Function
from tests.helpers import an_event
from tests.routing.function_server import FunctionServer, Reply

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("binary", [False, True])
def test_the_header_says_what_the_event_says(binary: bool) -> None:
    with FunctionServer.running() as server:
        function = Function(server.url, binary=binary)
        server.answering = lambda asked: Reply(204)
        function.transform(an_event(1, traceparent=PARENT, tracestate="a=1").state)
        function.transform(an_event(2, traceparent="no trace").state)
        function.transform(an_event(3).state)
        first, *others = server.asked
    assert (first.headers["traceparent"], first.headers["tracestate"]) == (PARENT, "a=1")
    assert not any("traceparent" in each.headers for each in others)
