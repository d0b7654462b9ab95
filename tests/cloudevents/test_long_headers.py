"""What cannot be read is refused at once, however long it is: nobody holds the process with it."""

from __future__ import annotations

import time

import pytest

from streamgauge.cloudevents import http_binding
from streamgauge.errors import StreamgaugeError

EVENT = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")]


@pytest.mark.parametrize(
    "content_type",
    [
        "a/b" + ";  " * 20_000 + "@",
        "a/b;" + " " * 60_000 + "@",
        'a/b; a="' + "\\a" * 30_000,
        "application/cloudevents+json; charset=" + " " * 60_000 + '"x',
        "application/cloudevents+json" + "; charset=" * 6_000 + '"',
    ],
)
def test_a_content_type_is_looked_at_in_no_time(content_type: str) -> None:
    start = time.thread_time()
    with pytest.raises(StreamgaugeError):
        list(http_binding.read([*EVENT, ("content-type", content_type)], b"x", max_batch_events=1))
    assert time.thread_time() - start < 0.5
