"""An answer that is no success, as a problem, whoever it is from."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from streamgauge.client.connection import Answered
from streamgauge.shapes import Problem

_MEDIA_TYPE: Final = "application/problem+json"
_NONE_OF_OURS: Final = "about:blank"  # RFC 9457: no more than what the status says
_LONGEST_PLACE: Final = 500


def problem_of(place: str, answer: Answered) -> Problem:
    """What the service says, or what a proxy in front of it says in whatever form."""
    if answer.headers.get("content-type", "").partition(";")[0].strip() == _MEDIA_TYPE:
        try:
            return msgspec.json.decode(answer.body, type=Problem)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    title = _phrase(answer.status)
    return Problem(_NONE_OF_OURS, title, answer.status, _detail(place, title, answer))


def _detail(place: str, title: str, answer: Answered) -> str:
    said = f"{place[:_LONGEST_PLACE]} was answered with {answer.status} {title}".rstrip()
    if answer.status in range(300, 400) and (target := answer.headers.get("location")):
        return (
            f"{said}, to {target[:_LONGEST_PLACE]}; redirects are not followed: ask by the URL at "
            "which the service itself is"
        )
    return f"{said}, which is not Streamgauge's own answer: is that its URL, or a proxy between?"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
