"""What Flux calls a revision, in the forms that it has had.

``main@sha1:<commit>``, ``main/<commit>`` and a commit alone are of git; ``v1.2.0@sha256:<digest>``
and ``v1.2.0/<digest>`` of an OCI artifact, ``sha256:<digest>`` of a bucket; ``1.2.0`` of a chart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_FORM = re.compile(r"(?:(.+)[@/])?(?:(sha1|sha256):)?([0-9a-f]{40}|[0-9a-f]{64})")
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision and its parts."""

    text: str
    name: str | None = None
    """The branch, the tag or the chart's version."""
    commit: str | None = None
    digest: str | None = None

    @property
    def identity(self) -> str:
        """What tells its content from other content, whichever branch or tag led there."""
        return self.commit or self.digest or self.text

    @property
    def short(self) -> str:
        """To be read, and not to be taken for a commit of the application: it has no whole one."""
        content = (self.commit or (self.digest or "").partition(":")[2])[:_SHORT]
        return "-".join(part for part in (self.name, content) if part) or self.text


@lru_cache(maxsize=4096)  # the same is said at each interval
def parse_revision(text: str) -> Revision:
    """The parts of a revision; one of no known form is its name alone."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        return Revision(text.strip(), name=text.strip())
    name, _, content = match.groups()
    if len(content) == 40:
        return Revision(text.strip(), name, commit=content)
    return Revision(text.strip(), name, digest=f"sha256:{content}")
