"""Where a service is, and what is shown to it to be let in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from streamgauge.access.hosts import in_url
from streamgauge.errors import SettingsError

# Neither is repeated in an error: a URL may hold a password, and a token is one.
_URL: Final = (
    "the URL of the service must be such as https://streamgauge.example.com or "
    "http://127.0.0.1:8080, perhaps with a path, and without a name, a password or a query"
)
_UNSHOWABLE: Final = "the token for the service holds a character that no token has, or none at all"
_SHOWABLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Address:
    """The place of a service; `str` gives its URL."""

    secure: bool
    host: str
    port: int | None
    prefix: str
    """What stands before every path, where a proxy has the service below one; without a slash at
    its end."""

    @classmethod
    def parse(cls, url: str) -> Address:
        """Raises SettingsError for what is no URL of a service."""
        try:
            parts = urlsplit(url if _SHOWABLE.fullmatch(url) else "")
            port = parts.port
        except ValueError:
            raise SettingsError(_URL) from None
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username is not None
            or parts.query
            or parts.fragment
        ):
            raise SettingsError(_URL)
        return cls(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{'https' if self.secure else 'http'}://{in_url(self.host)}{port}{self.prefix}"


def authorization(token: str | None) -> dict[str, str]:
    """The header that shows a token. Raises SettingsError for what cannot be one."""
    if token is None:
        return {}
    # http.client would refuse it too, and name it.
    if not _SHOWABLE.fullmatch(token):
        raise SettingsError(_UNSHOWABLE)
    return {"Authorization": f"Bearer {token}"}
