"""What the methods of a path are: who may, what they take, what they answer.

Each resource declares its own, in `operations`; the check of roles, ``GET /`` and the OpenAPI
document are made of them (docs/decisions/0022).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from streamgauge.access import Role

JSON = "application/json"
TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a path, of a query, or a header."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    """A JSON Schema: of one value, where there may be several."""
    many: bool = False
    """Whether it may be given several times."""
    place: Literal["query", "path", "header"] = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a path does."""

    summary: str
    """As it stands in ``GET /``: a few words."""
    role: Role | None
    """The role that it needs; None: anybody may."""
    tag: str
    """Under which heading it stands."""
    answer: Any = None
    """The shape of its answer; None where there is no body, or one that is no JSON."""
    status: int = 200
    media_types: Sequence[str] = (JSON,)
    """Of the answer, the first one unless another is asked for."""
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Mapping[str, Any]] | None = None
    """The media types that it takes, each with a JSON Schema; None where it takes no body."""
    problems: Sequence[str] = ()
    """The kinds of problems that it may answer, beside those that all have."""
    delivers: bool = False
    """Whether events are delivered by it: origins, and the rate of each, are seen to."""
    holds: bool = False
    """Whether its answer has an ETag, by which whoever has it asks whether it still holds."""
    all_tenants: bool = False
    """Whether it concerns all tenants: who is bound to one may not."""
    own_errors: bool = False
    """Whether its errors are JSON of a shape that is not ours."""
    role_of: Callable[[Mapping[str, Any]], Role | None] | None = None
    """Which role, where that depends on the parts of the path."""

    def role_for(self, parts: Mapping[str, Any]) -> Role | None:
        """The role that it needs at a path with these parts."""
        return self.role if self.role_of is None else self.role_of(parts)


class Resource(Protocol):
    """What answers a path: ``on_get`` and so on, as Falcon calls them."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        """By HTTP method."""
        ...


def check_declared(path: str, resource: Resource) -> None:
    """Raise TypeError unless the methods that it has are those that it declares.

    OPTIONS needs no declaration: it says what may be done, and does nothing. Nor does HEAD, which
    is a GET.
    """
    has = {name[3:].upper() for name in dir(resource) if name.startswith("on_")}
    has -= {"OPTIONS", "HEAD"}
    if has != set(resource.operations):
        raise TypeError(f"{path}: it has {sorted(has)} and declares {sorted(resource.operations)}")
