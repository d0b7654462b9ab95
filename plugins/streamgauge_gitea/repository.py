"""What a repository is called: its page, its full name, its address in the API.

Everything is derived from the page, on whatever host Gitea is and under whatever path. Of pull
requests, for one, some events give the page where they should give the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from streamgauge.sources import repository_at
from streamgauge.sources.fields import path, text

_PLACES: tuple[tuple[str, ...], ...] = (
    ("repository",),
    ("run", "repository"),  # Forgejo's runs have nothing around them
    ("package", "repository"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository on one Gitea or Forgejo."""

    page: str
    """Its page, the source of its CDEvents."""
    full_name: str
    """``owner/name``, what its service is called."""

    @property
    def owner(self) -> str:
        """The account it belongs to."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name without the owner's."""
        return self.full_name.partition("/")[2]

    @property
    def api_url(self) -> str:
        """The repository in the API."""
        root = self.page.removesuffix(f"/{self.full_name}")
        return f"{root}/api/v1/repos/{self.full_name}"

    @property
    def reference(self) -> dict[str, str]:
        """How the content of another CDEvent refers to this repository."""
        return {"id": self.full_name, "source": self.page}

    def artifact(self, version: str) -> str:
        """The package URL of the source at a commit or a tag."""
        return repository_at(self.page).artifact(version)


def repository_of(data: object) -> Repository | None:
    """The repository that a payload is about; None for what concerns none."""
    for place in _PLACES:
        found = path(data, *place)
        for key in ("html_url", "clone_url"):
            address = text(found, key)
            if address and (repository := _repository_at(address, text(found, "full_name"))):
                return repository
    return None


@lru_cache(maxsize=4096)
def _repository_at(address: str, full_name: str | None) -> Repository | None:
    found = repository_at(address)
    if found.name is None or "/" not in found.name:
        return None
    # Gitea may lie under a path of its host, which is no owner.
    named = full_name is not None and found.address.endswith(f"/{full_name}")
    name = full_name if named and full_name else "/".join(found.name.split("/")[-2:])
    return Repository(found.address, name)
