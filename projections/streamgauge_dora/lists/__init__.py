"""Lists over facts and links: deployments, changes, incidents."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from streamgauge.lists import Listing
from streamgauge_dora.lists.changes import Changes
from streamgauge_dora.lists.deployments import Deployments
from streamgauge_dora.lists.incidents import Incidents

LISTS: Mapping[str, Listing] = MappingProxyType(
    {"deployments": Deployments(), "changes": Changes(), "incidents": Incidents()}
)
"""By the names that they have in URLs."""
