"""``import github``: the history of repositories, read from GitHub's API."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from rich.progress import Progress as Bar
from rich.progress import TaskID

from streamgauge.cli.console import json_option, out, print_json, progress_bar, say
from streamgauge.importing import recording
from streamgauge.settings import Settings
from streamgauge_github.history.api import Api
from streamgauge_github.history.errors import GithubError, LimitReached, TokenRefused
from streamgauge_github.history.everything import read_everything
from streamgauge_github.history.found import Found
from streamgauge_github.history.reader import Reader, Source
from streamgauge_github.options import Options, options_of

DAYS = 180
_NAME = re.compile(r"(?:https://[^/]+/)?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?", re.ASCII)
_PERIOD = re.compile(r"([1-9][0-9]{0,4})d?", re.ASCII)


class Since(click.ParamType[datetime]):
    """A date, or how many days back."""

    name = "date or days"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """The moment, in UTC."""
        if isinstance(value, datetime):
            return value
        if days := _PERIOD.fullmatch(value):
            return datetime.now(UTC).replace(microsecond=0) - timedelta(days=int(days[1]))
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a date, 2026-01-31, nor a number of days", param, ctx)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class RepositoryName(click.ParamType[str]):
    """``OWNER/REPO``, or the address of its page."""

    name = "OWNER/REPO"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """The name alone."""
        match = _NAME.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is no OWNER/REPO", param, ctx)
        return match[1]


@click.command()
@click.argument("repositories", metavar="OWNER/REPO...", nargs=-1, required=True,
                type=RepositoryName())  # fmt: skip
@click.option("--since", type=Since(), default=str(DAYS), show_default=True,
              help="A date, or how many days back.")  # fmt: skip
@click.option("--api", default="https://api.github.com", envvar="GITHUB_API_URL",
              show_default=True, show_envvar=True,
              help="Of a GitHub Enterprise Server https://HOST/api/v3.")  # fmt: skip
@json_option
def github(repositories: Sequence[str], since: datetime, api: str, as_json: bool) -> None:
    """Read the history of repositories from GitHub, as the webhooks that would have told it.

    The token is in GITHUB_TOKEN or GH_TOKEN: GITHUB_TOKEN=$(gh auth token). Public repositories can
    be read without one, at 60 requests an hour. Running it again adds what is new; what was
    interrupted goes on where it was.
    """
    settings = Settings.load()
    options = options_of(settings)
    token = (os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or "").strip() or None
    found: list[Found] = []
    failed: list[str] = []
    with (
        Api(api, token, say) as client,
        recording(settings, say) as log,
        progress_bar() as bar,
    ):
        for name in repositories:
            source = Source(client, log, options, since, Shown(bar, name))
            try:
                reader = Reader(source, name)
                found.append(reader.found)
                read_everything(reader)
            except GithubError as error:
                failed.append(f"{name}: {error}")
                if isinstance(error, LimitReached | TokenRefused):
                    break
    _print(found, failed, log.new, options, as_json)
    if failed or any(each.not_read for each in found):
        sys.exit(1)


class Shown:
    """Progress as a line for each part of a repository."""

    def __init__(self, bar: Bar, name: str) -> None:
        self._bar, self._name = bar, name
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """So many are done."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(f"{self._name} {what}", total=total)
        self._bar.update(self._tasks[what], completed=done, total=total)


def _print(
    found: Sequence[Found], failed: Sequence[str], new: int, options: Options, as_json: bool
) -> None:
    if as_json:
        told = {
            each.repository: {"found": each.counts(), "missing": [*each.missing(options)]}
            for each in found
        }
        print_json({"repositories": told, "new_events": new, "failed": list(failed)})
        return
    for each in found:
        out.print(each.sentence(), markup=False, soft_wrap=True)
        for line in each.missing(options):
            out.print(f"  - {line}", markup=False, soft_wrap=True)
    out.print(f"{new:,} new events")
    for line in failed:
        say(f"streamgauge: {line}")
