"""What can go wrong when GitHub is asked, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Mapping

from streamgauge.errors import StreamgaugeError


class GithubError(StreamgaugeError):
    """GitHub gave no answer that can be used."""


class NotThere(GithubError):
    """There is no such thing, or the token may not see it."""


class NotAllowed(GithubError):
    """The token may not see this part of the repository."""


class LimitReached(GithubError):
    """All the requests of this hour are used up. Every further one would fail as well."""


class TokenRefused(GithubError):
    """GitHub knows no such token. Every further request would fail as well."""


def refused(status: int, path: str, headers: Mapping[str, str], said: str) -> GithubError:
    """The error for an answer that says no. What GitHub says is cut; a token is never in it."""
    said = f" (GitHub says: {said[:200]})" if said else ""
    if status == 401:
        return TokenRefused(
            "GitHub refuses the token: it is wrong, or has expired. Set GITHUB_TOKEN anew, or take "
            "it away: public repositories need none"
        )
    if status == 409:
        return NotThere(f"{path} has nothing in it{said}")
    if status in (404, 410, 451):
        return NotThere(f"{path} is not there, or the token may not see it{said}")
    if status == 403:
        return NotAllowed(f"{path} may not be read{_needed(headers)}{said}")
    return GithubError(f"GitHub answers {path} with {status}{said}")


def _needed(headers: Mapping[str, str]) -> str:
    """What the token lacks, where GitHub says so."""
    if permissions := headers.get("x-accepted-github-permissions"):
        return f": the token needs the permission {permissions}"
    if scopes := headers.get("x-accepted-oauth-scopes"):
        return f": the token needs one of the scopes {scopes}"
    return ""
