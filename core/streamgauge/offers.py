"""What hooks return, read as what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from streamgauge.routing.hosts import check_functions

if TYPE_CHECKING:
    import click


def named(given: Any, kinds: Sequence[type]) -> list[tuple[str, Any]]:
    """The things with a name that a hook returned. Raises TypeError."""
    items: list[tuple[str, Any]] = []
    for item in given:
        name = getattr(item, "name", None)
        if (
            not isinstance(name, str)
            or not name.isprintable()
            or not isinstance(item, tuple(kinds))
        ):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"{item!r} is no {wanted} with a name")
        items.append((name, item))
    return items


def routes(given: Any) -> dict[str, list[str]]:
    """Raises TypeError, and RoutesError for a function's URL that is none."""
    if not isinstance(given, Mapping) or not all(
        isinstance(key, str)
        and isinstance(targets, list | tuple)
        and all(isinstance(target, str) for target in targets)
        for key, targets in given.items()
    ):
        raise TypeError(f"{given!r} is no mapping of event types to lists of transformer names")
    for targets in given.values():
        check_functions(targets, ())
    return {key: [*targets] for key, targets in given.items()}


def commands(given: Any) -> list[click.Command]:
    """Raises TypeError."""
    import click  # only the command line needs it

    commands = list(given)
    for command in commands:
        if not isinstance(command, click.Command) or not command.name:
            raise TypeError(f"{command!r} is no click.Command with a name")
    return commands


def version(transformer: Any) -> str | None:
    """The version that a transformer says of itself, if it says one."""
    own = getattr(transformer, "version", None)
    return own if isinstance(own, str) and own.isprintable() else None
