"""What a git repository is called, whichever of its addresses a tool gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

_HOST = r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)"
_PATH = r"((?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})+)"
_URL = re.compile(rf"(https?|ssh|git)://(?:[^@/\s]*@)?{_HOST}(:\d+)?/{_PATH}", re.ASCII)
_SCP = re.compile(rf"[^@/\s:]+@{_HOST}:{_PATH}", re.ASCII)
_LOGIN = re.compile(r"//[^@/\s]*@")
# Hosts whose repositories have a package URL type of their own.
_TYPES = {"github.com": "github", "bitbucket.org": "bitbucket"}


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository."""

    address: str
    """Its page, or the text that names it; never with the login that it is cloned with."""
    name: str | None
    """``owner/repo``, with all groups between; None where the text is no address."""

    @property
    def host(self) -> str | None:
        """The host of its page, with a port if it has one; None where the text is no address."""
        return None if self.name is None else self.address.split("/", 3)[2]

    @property
    def reference(self) -> dict[str, str]:
        """How the content of another CDEvent refers to this repository; a text that is no address
        is no source."""
        if self.name is None:
            return {"id": self.address}
        return {"id": self.name, "source": self.address}

    def artifact(self, version: str) -> str:
        """The package URL of the source at a commit or a tag."""
        kind = _TYPES.get(self.host or "")
        if self.name is not None and kind is not None:
            return f"pkg:{kind}/{self.name.lower()}@{quote(version.strip(), safe='')}"
        return artifact(self.name or self.address, version)


@lru_cache(maxsize=4096)
def repository_at(text: str) -> Repository:
    """The repository that a text names: its page, or an address to clone it by."""
    if match := _URL.fullmatch(text):
        scheme, host, port, path = match.groups()
    elif match := _SCP.fullmatch(text):
        (host, path), scheme, port = match.groups(), "ssh", None
    else:
        return Repository(_LOGIN.sub("//", text), None)
    name = path.strip("/").removesuffix(".git").rstrip("/")
    if not name.strip("./"):
        return Repository(_LOGIN.sub("//", text), None)
    # The port of ssh is not that of the pages.
    web = f"{scheme}://{host.lower()}{port or ''}" if scheme.startswith("http") else None
    return Repository(f"{web or f'https://{host.lower()}'}/{name}", name)


def artifact(name: str, version: str) -> str:
    """The package URL of something that no registry has."""
    parts = [part.strip() for part in name.split("/") if part.strip()]
    return f"pkg:generic/{quote('/'.join(parts) or 'unknown', safe='/')}@{quote(version, safe='')}"
