"""What DevLake calls a repository is any text, most often an address to clone it from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

_HOST = r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)"
_PATH = r"((?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})+)"
_URL = re.compile(rf"(https?|ssh|git)://(?:[^@/\s]*@)?{_HOST}(:\d+)?/{_PATH}", re.ASCII)
_SCP = re.compile(rf"[^@/\s:]+@{_HOST}:{_PATH}", re.ASCII)
_LOGIN = re.compile(r"//[^@/\s]*@")
_GITHUB = ("https://github.com/", "http://github.com/")


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository."""

    address: str
    """Its page, or the text that names it; never with the login that it is cloned with."""
    name: str | None
    """``owner/repo``, with all groups between; None where the text is no address."""

    def artifact(self, commit: str) -> str:
        """The package URL of the source at a commit."""
        if self.name is not None and self.address.startswith(_GITHUB):
            return f"pkg:github/{self.name.lower()}@{quote(commit, safe='')}"
        return artifact(self.name or self.address, commit)


def repository_at(text: str) -> Repository:
    """The repository that a text names, whichever way it is cloned."""
    if match := _URL.fullmatch(text):
        scheme, host, port, path = match.groups()
    elif match := _SCP.fullmatch(text):
        (host, path), scheme, port = match.groups(), "ssh", None
    else:
        return Repository(_LOGIN.sub("//", text), None)
    if not (name := path.strip("/").removesuffix(".git").rstrip("/")):
        return Repository(_LOGIN.sub("//", text), None)
    # The port of ssh is not that of the pages.
    web = f"{scheme}://{host.lower()}{port or ''}" if scheme.startswith("http") else None
    return Repository(f"{web or f'https://{host.lower()}'}/{name}", name)


def artifact(name: str, version: str) -> str:
    """The package URL of something that no registry has."""
    return f"pkg:generic/{quote(name.strip('/') or 'unknown', safe='/')}@{quote(version, safe='')}"
