"""What a repository is called: its name, its page, its address in the API.

A push names its page where other events name the API, Knative's events may lack either, and a
GitHub of one's own has other hosts. Everything is derived from one address, so that the same
repository has the same names whichever event speaks of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from streamgauge.sources.fields import text

_NAME = r"[A-Za-z0-9_.-]+"
_HOST = r"[A-Za-z0-9.-]+(?::\d+)?"
_PAGE = re.compile(rf"(https?)://(?!api\.)({_HOST})/({_NAME})/({_NAME}?)(?:\.git)?/?", re.ASCII)
_API = re.compile(
    rf"(https?)://(?:api\.)?({_HOST})(?:/api/v3)?/repos/({_NAME})/({_NAME})/?", re.ASCII
)
_FULL_NAME = re.compile(rf"{_NAME}/{_NAME}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository on one GitHub."""

    web: str
    """Scheme and host of the pages, ``https://github.com``."""
    owner: str
    name: str

    @property
    def full_name(self) -> str:
        """``owner/name``, what service ids start with."""
        return f"{self.owner}/{self.name}"

    @property
    def html_url(self) -> str:
        """The repository's page, the source of its CDEvents."""
        return f"{self.web}/{self.full_name}"

    @property
    def api_url(self) -> str:
        """The repository in the REST API, the start of what its parts are called."""
        return f"{api_root(self.web)}/repos/{self.full_name}"

    @property
    def host(self) -> str:
        """The host of the pages."""
        return self.web.partition("://")[2]

    @property
    def reference(self) -> dict[str, str]:
        """How the content of another CDEvent refers to this repository."""
        return {"id": self.full_name, "source": self.html_url}

    def artifact(self, version: str) -> str:
        """The package URL of the source at a commit or a tag."""
        # To the letter what the library writes, which takes six times as long: it knows all types.
        quoted = quote(version.strip(), safe="/:")
        return f"pkg:github/{self.full_name.lower()}@{quoted}"


def api_root(web: str) -> str:
    """Where the REST API of a GitHub is: its pages' host decides."""
    scheme, _, host = web.partition("://")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{scheme}://api.{host}"
    return f"{web}/api/v3"


def repository_of(data: object, source: str = "") -> Repository | None:
    """The repository that a payload is about; `source` is where the CloudEvent says it is from.

    None for what concerns a whole organisation, or where nothing names a repository.
    """
    for address in (
        text(data, "repository", "html_url"),
        text(data, "repository", "url"),
        text(data, "repository", "clone_url"),
        _on_github_com(text(data, "repository", "full_name")),
        source,
    ):
        if address and (repository := _repository_at(address)):
            return repository
    return None


@lru_cache(maxsize=4096)
def _repository_at(address: str) -> Repository | None:
    """The repository whose page or API address this is."""
    match = _API.fullmatch(address) or _PAGE.fullmatch(address)
    if match is None:
        return None
    scheme, host, owner, name = match.groups()
    if not (_says_something(owner) and _says_something(name)):
        return None
    return Repository(f"{scheme}://{host.lower()}", owner, name)


def _on_github_com(full_name: str | None) -> str | None:
    if full_name is None or not _FULL_NAME.fullmatch(full_name):
        return None
    return f"https://github.com/{full_name}"


def _says_something(name: str) -> bool:
    """No repository is called ``..``, and a URL with such a part would be another URL."""
    return bool(name.strip("."))
