"""What an image reference says, and the package URL of an image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from packageurl import PackageURL

_DIGEST = re.compile(r"[A-Za-z0-9+._-]+:[0-9A-Fa-f]+", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
# Names under which clients know the registry that is meant when none is named.
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True, slots=True)
class Image:
    """An image reference and its parts; `repository` is None where there is none to be seen."""

    reference: str
    repository: str | None
    """With its registry: ``docker.io/library/nginx``, ``localhost:5000/team/shop``."""
    tag: str | None
    digest: str | None

    @property
    def identity(self) -> str:
        """What tells this image from others: the digest, else repository and tag.

        A digest stands alone, so that the same bits from a mirror are the same image.
        """
        if self.digest is not None:
            return self.digest
        return self.reference if self.repository is None else f"{self.repository}:{self.tag}"

    @property
    def package_url(self) -> str:
        """``pkg:oci/NAME@DIGEST?repository_url=REPOSITORY&tag=TAG``.

        A reference without a repository is no image that anything could pull, but a deployment
        can still fail because of it; that becomes a ``pkg:generic``.
        """
        if self.repository is None:
            name = _UNSAFE.sub("-", self.reference).strip("-") or "image"
            return PackageURL(type="generic", name=name).to_string()
        # To the letter what the library writes, which takes ten times as long: it knows all types.
        name = self.repository.rpartition("/")[2].strip().lower()
        version = "" if self.digest is None else f"@{_quoted(self.digest).lower()}"
        tag = "" if self.tag is None else f"&tag={self.tag}"
        address = _quoted(self.repository)
        return f"pkg:oci/{_quoted(name).lower()}{version}?repository_url={address}{tag}"


@lru_cache(maxsize=4096)  # one image is in hundreds of status updates
def parse_image(reference: str) -> Image:
    """The parts of ``[registry/]path[:tag][@digest]``, as a container runtime reads them.

    No registry means Docker Hub, and there a path of one part lies under ``library``. Neither tag
    nor digest means the tag ``latest``, for that is what is pulled.
    """
    rest, at_sign, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    if (
        not _UNSAFE.sub("", name)
        or (slash and not head.strip("/"))
        or (at_sign and not _DIGEST.fullmatch(digest))
        or (colon and not _TAG.fullmatch(tag))
    ):
        return Image(reference, None, None, None)
    if not colon and not at_sign:
        tag = "latest"
    return Image(
        reference,
        _repository(f"{head}{slash}{name}"),
        tag or None,
        digest.lower() or None,
    )


def _quoted(text: str) -> str:
    return quote(text, safe="/:")


def _repository(path: str) -> str:
    first, slash, rest = path.partition("/")
    if not slash:
        return f"docker.io/library/{path}"
    if "." not in first and ":" not in first and first != "localhost":
        return f"docker.io/{path}"
    registry = first.lower()
    if registry in _DOCKER_HUB:
        return f"docker.io/{rest if '/' in rest else f'library/{rest}'}"
    return f"{registry}/{rest}"
