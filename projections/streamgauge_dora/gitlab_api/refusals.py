"""What GitLab answers where it refuses."""

from __future__ import annotations

from collections.abc import Mapping

from streamgauge import EndpointReply


class Refused(Exception):
    """The request is answered with a status and a document of GitLab's."""

    def __init__(self, status: int, document: Mapping[str, str]) -> None:
        super().__init__(document)
        self.reply = EndpointReply(status, document)


def malformed(text: str) -> Refused:
    """A parameter is missing or cannot be read."""
    return Refused(400, {"error": text})


def not_allowed(text: str) -> Refused:
    """A parameter has a value that makes no sense."""
    return Refused(400, {"message": text})


def not_found(what: str) -> Refused:
    """There is no such project or group."""
    return Refused(404, {"message": f"404 {what} Not Found"})
