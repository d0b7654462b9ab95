"""The options that a question of a metric has, for the commands that ask one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import click

_ONCE: Final = ("from", "to", "tz", "interval", "week_start", "definition")
_MANY: Final = ("service", "environment", "tier", "repository", "team", "tenant")
_HELP: Final = {
    "from": "The first day, or an instant; 90 days before the end by default.",
    "to": "The day after the last one, or an instant; now by default.",
    "tz": "The IANA time zone of days.",
    "interval": "Of the buckets, week by default: day, week, month, quarter, year, all.",
    "week_start": "The day on which weeks begin, monday by default.",
    "definition": "By another definition than the configured one.",
    "group_by": "An answer for each service, environment, tier, repository, team or tenant.",
    "percentile": "To be answered beside the value, such as 90.",
    **{name: f"Only this {name}; may be given several times." for name in _MANY},
}

Command = Callable[..., None]


def question_options(
    *, several: Collection[str] = (), help_texts: Mapping[str, str] | None = None
) -> Callable[[Command], Command]:
    """Add the options of a question, and those named by `several`, which may come several times."""
    texts = {**_HELP, **(help_texts or {})}

    def add(function: Command) -> Command:
        names = dict.fromkeys((*_ONCE, *_MANY, *several))
        for name in reversed(names):
            function = click.option(
                f"--{name.replace('_', '-')}",
                multiple=name in _MANY or name in several,
                metavar="NAME" if name in _MANY else name.upper().replace("_", "-"),
                help=texts[name],
            )(function)
        return function

    return add


def asked(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """The parameters that were given, each with all of its values."""
    return {
        name: [value] if isinstance(value, str) else list(value)
        for name, value in options.items()
        if value is not None and value != ()
    }
