"""GitHub's REST API: pages, limits, errors."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

from streamgauge import __version__, json_codec
from streamgauge.errors import SettingsError, describe
from streamgauge.sources.fields import items, text
from streamgauge_github.history.connection import Answer, Connection
from streamgauge_github.history.errors import GithubError, LimitReached, refused

PAGE = 100
"""How many things GitHub puts into one answer at most."""
TRIES = 5
_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)
_NEXT = re.compile(r'<([^<>]+)>\s*;[^<]*\brel="?next"?')
_SECONDARY_SECONDS = 60.0
"""GitHub asks for a minute at least where it says nothing else."""
_SHORT_SECONDS = 90.0
_REDIRECTS = (301, 302, 307, 308)


class Api:
    """Reads from one GitHub, one request at a time, as GitHub asks of who reads much."""

    def __init__(self, base: str, token: str | None, say: Callable[[str], None]) -> None:
        self._connection = Connection(base)
        if token is not None and not _TOKEN.fullmatch(token):
            raise SettingsError("the GitHub token has characters in it that no token has")
        self._has_token = token is not None
        self._headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": f"streamgauge/{__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
            **({} if token is None else {"Authorization": f"Bearer {token}"}),
        }
        self._say = say
        self.requests = 0

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON at a path of the API. Raises GithubError."""
        return self._read(self._target(path, parameters))[0]

    def pages(self, path: str, **parameters: str | int) -> Iterator[list[Any]]:
        """The pages of a list, in GitHub's order. Raises GithubError."""
        target: str | None = self._target(path, {**parameters, "per_page": PAGE})
        while target is not None:
            found, headers = self._read(target)
            yield _list_in(found)
            target = self._next(headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _target(self, path: str, parameters: Mapping[str, str | int]) -> str:
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{self._connection.root}{path}{query}"

    def _next(self, headers: Mapping[str, str]) -> str | None:
        match = _NEXT.search(headers.get("link", ""))
        return None if match is None else self._here(match[1])

    def _here(self, address: str) -> str:
        """The target of an address on this server. The token goes to no other."""
        parts = urlsplit(urljoin(f"{self._connection.origin}/", address))
        if f"{parts.scheme}://{parts.netloc}" != self._connection.origin:
            raise GithubError(f"{self._connection.origin} leads to another host, {parts.netloc}")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _read(self, target: str) -> tuple[Any, Mapping[str, str]]:
        redirects = failures = 0
        while True:
            shown = target.partition("?")[0].removeprefix(self._connection.root)
            answer = self._ask(target, shown, last=failures == TRIES - 1)
            if answer is None:
                time.sleep(0.5 * 2**failures)
                failures += 1
            elif answer.status == 200:
                return self._decoded(answer, shown), answer.headers
            elif answer.status in _REDIRECTS and redirects < 3:
                target = self._here(answer.headers.get("location", ""))
                redirects += 1
            elif (seconds := self._to_wait(answer)) is not None:
                self._wait(seconds)
            else:
                said = text(_maybe(answer.body), "message") or ""
                raise refused(answer.status, shown, answer.headers, said)

    def _ask(self, target: str, shown: str, *, last: bool) -> Answer | None:
        """The answer; None for none, or for one that says that the server is in trouble."""
        self.requests += 1
        try:
            answer = self._connection.get(target, self._headers)
        except (OSError, http.client.HTTPException) as error:
            if last:
                raise GithubError(
                    f"{self._connection.origin} cannot be reached: {describe(error)}"
                ) from None
            return None
        if answer.status >= 500 and last:
            raise GithubError(
                f"GitHub answers {shown} with {answer.status}, {TRIES} times; it may be over soon"
            )
        return None if answer.status >= 500 else answer

    def _decoded(self, answer: Answer, shown: str) -> Any:
        try:
            return json_codec.decode(answer.body)
        except ValueError:
            raise GithubError(
                f"{self._connection.origin}{self._connection.root} answers {shown} with no JSON; "
                "the API of a GitHub Enterprise Server is at https://<host>/api/v3"
            ) from None

    def _to_wait(self, answer: Answer) -> float | None:
        """For how long GitHub asks to be left alone; None where that is not what it says."""
        if answer.status not in (403, 429):
            return None
        after = answer.headers.get("retry-after", "")
        if after.isascii() and after.isdigit():
            return float(after)
        reset = answer.headers.get("x-ratelimit-reset", "")
        if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
            return max(1.0, float(reset) - time.time() + 1)
        said = (text(_maybe(answer.body), "message") or "").lower()
        return _SECONDARY_SECONDS if answer.status == 429 or "rate limit" in said else None

    def _wait(self, seconds: float) -> None:
        until = datetime.fromtimestamp(time.time() + seconds).astimezone()
        if not self._has_token and seconds > _SHORT_SECONDS:
            raise LimitReached(
                "without a token GitHub answers 60 requests an hour, and they are used up until "
                f"{until:%H:%M}. Set GITHUB_TOKEN, e.g. GITHUB_TOKEN=$(gh auth token), and give "
                "the same command again: it goes on from here"
            )
        if seconds > 1:
            self._say(
                f"GitHub's limit is reached; going on at {until:%H:%M:%S}. Ctrl-C ends it, and the "
                "same command goes on from here"
            )
        time.sleep(seconds)


def _list_in(found: Any) -> list[Any]:
    """Of workflows and their runs the list is inside of an object."""
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), None)
    return items(found)


def _maybe(body: bytes) -> Any:
    try:
        return json_codec.decode(body)
    except ValueError:
        return None
