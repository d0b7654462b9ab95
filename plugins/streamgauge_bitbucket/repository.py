"""What a repository is called: on bitbucket.org by its full name, in a Data Center by its links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from streamgauge.sources import artifact
from streamgauge.sources.fields import items, mapping, path, text, url, word

_PART = r"[A-Za-z0-9._~-]*[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
_FULL_NAME = re.compile(rf"({_PART})/({_PART})", re.ASCII)
_PAGE = re.compile(r"(https?://.+?)/(?:projects|users)/.*", re.ASCII)
_CLONE = re.compile(r"(https?://.+?)/scm/.*", re.ASCII)
_LOGIN = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository."""

    name: str
    """``workspace/repository``; in a Data Center ``PROJECT/repository``. Services are called so."""
    page: str
    """The source of its CDEvents. In a Data Center without links, a path."""
    address: str
    """Where it is cloned from, without ``.git``: what other tools call it."""
    root: str
    """The start of what its parts are called: its address in the API of bitbucket.org, else its
    page."""

    @property
    def reference(self) -> dict[str, str]:
        """How the content of another CDEvent refers to this repository."""
        return {"id": self.name, "source": self.address}

    def artifact(self, commit: str) -> str:
        """The package URL of the source at a commit."""
        if self.address.startswith("https://bitbucket.org/"):
            return f"pkg:bitbucket/{self.name.lower()}@{commit}"
        return artifact(self.name, commit)

    def branch(self, name: str) -> str:
        """What a branch is called over its whole life."""
        return f"{self.root}/refs/branches/{name}"


def repository_of(data: dict[str, Any]) -> Repository | None:
    """The repository that a payload is about; of a pull request, the one it is to be merged into.

    None where nothing names one.
    """
    if (pull := data.get("pullRequest")) is not None:
        return _on_premises(mapping(pull, "toRef", "repository"), pull)
    return repository_in(mapping(data, "repository") or mapping(data, "new"))


def repository_in(found: dict[str, Any]) -> Repository | None:
    """The repository that an object describes."""
    if "full_name" in found:
        return _in_cloud(text(found, "full_name") or "")
    return _on_premises(found)


@lru_cache(maxsize=4096)
def _in_cloud(full_name: str) -> Repository | None:
    if not _FULL_NAME.fullmatch(full_name):
        return None
    page = f"https://bitbucket.org/{full_name}"
    return Repository(
        full_name, page, page, f"https://api.bitbucket.org/2.0/repositories/{full_name}"
    )


def _on_premises(found: dict[str, Any], pull: object = None) -> Repository | None:
    key, slug = text(found, "project", "key"), text(found, "slug")
    if key is None or slug is None:
        return None
    return _named(_base(found, pull), key, slug)


@lru_cache(maxsize=4096)
def _named(base: str, key: str, slug: str) -> Repository | None:
    if not _FULL_NAME.fullmatch(f"{key}/{slug}"):
        return None
    owner = f"users/{key[1:].lower()}" if key.startswith("~") else f"projects/{key}"
    page = f"{base}/{owner}/repos/{slug}"
    return Repository(f"{key}/{slug}", page, f"{base}/scm/{key.lower()}/{slug}", page)


def _base(found: dict[str, Any], pull: object) -> str:
    """Where the Data Center is, by the first of its links that says; old ones have few."""
    links = [
        path(found, "links", "self", 0, "href"),
        path(found, "project", "links", "self", 0, "href"),
        path(pull, "links", "self", 0, "href"),
    ]
    clones = [path(each, "href") for each in items(found, "links", "clone") if _is_http(each)]
    for pattern, addresses in ((_PAGE, links), (_CLONE, clones)):
        for address in addresses:
            match = pattern.fullmatch(address) if isinstance(address, str) else None
            plain = match and _LOGIN.sub("//", match[1], count=1)
            if plain and url(plain):
                return plain
    return ""


def _is_http(link: object) -> bool:
    return word(link, "name") in ("http", "https")
