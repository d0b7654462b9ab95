"""What an endpoint is asked and what it answers: metrics in the shape of another system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Ask = Callable[[str, Mapping[str, Sequence[str]]], Mapping[str, Any]]
"""``ask(metric, parameters)`` gives what ``GET /v1/metrics/<metric>?<parameters>`` would answer.

Each parameter has all of its values, as text. Raises what is a problem there: InvalidQuery,
UnknownName, DatabaseUnavailable.
"""


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """One GET request to a path of an endpoint."""

    path: str
    """Percent-decoded, so an escaped slash is one like any other."""
    path_parameters: Mapping[str, str]
    """The names in the template that matched, each with its part of the path."""
    query: Mapping[str, Sequence[str]]
    """Every parameter with all of its values, percent-decoded, empty ones too."""
    headers: Mapping[str, str]
    """Names in lower case, values in latin-1."""


@dataclass(frozen=True, slots=True)
class EndpointReply:
    """What is answered, as ``application/json``."""

    status: int
    document: Any
    """Anything that JSON can hold."""
