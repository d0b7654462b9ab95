"""How much of a request, and how much patience, a client gets from the server."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes and times in seconds.

    CloudEvents asks every consumer to take events of 64 KiB, and in binary mode all of an event
    but its data travels in headers. So one attribute may be 64 KiB long, its header name on top;
    the request's other headers have as much again. Beyond any of these the answer is 431, for
    the target 414.
    """

    head: int = 128 * KIB
    """A whole head: request line and headers. gunicorn bounds only the parts, not their sum."""
    header_field: int = 65 * KIB
    """One header: name, colon, value and line end."""
    header_fields: int = 10_000
    """How many headers; more than 64 KiB of the smallest attributes would need."""
    request_line: int = 8190
    """Method, target and version."""
    header_timeout: float = 20.0
    """From connecting, or from the end of the keep-alive time, to the end of a head; then 408."""
    linger_quiet: float = 5.0
    """How long an answered client may be silent before its connection is closed."""
    linger_total: float = 30.0
    """How long an answered client may go on sending before its connection is closed."""
    linger_bytes: int = 64 * MIB
    """How much an answered client may go on sending before its connection is closed."""
    send_timeout: float = 60.0
    """How long a client may take no byte of a waiting answer before it is cut off."""
