"""What can go wrong with the demo; each text says what to do."""

from __future__ import annotations

from streamgauge.errors import StreamgaugeError


class DemoFailed(StreamgaugeError):
    """The demo cannot go on."""


class PortTaken(DemoFailed):
    """Another program listens on the port that was asked for."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} of {host} is taken; give another one with --port, or leave --port out "
            "and the next free one is found"
        )
        self.host = host
        self.port = port
