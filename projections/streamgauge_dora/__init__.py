"""The DORA metrics that ship with Streamgauge: facts, links between them, and five questions."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge import hookimpl
from streamgauge.hookspecs import Endpoint
from streamgauge.metrics import Metric
from streamgauge.projections import DerivedFacts, Projection
from streamgauge.settings import Settings
from streamgauge_dora.defining import Definitions
from streamgauge_dora.facts import Delivery
from streamgauge_dora.gitlab_api import GitLabDora
from streamgauge_dora.linking import Links
from streamgauge_dora.linking.parts import parts_of
from streamgauge_dora.metrics import all_metrics


@hookimpl
def projections(settings: Settings) -> Sequence[Projection | DerivedFacts]:
    """The facts, and the links made of them."""
    return [Delivery(), Links(parts_of(settings.for_plugin("dora").get("parts", [])))]


@hookimpl
def metrics(settings: Settings) -> Sequence[Metric]:
    """The five metrics."""
    return all_metrics(Definitions(settings))


@hookimpl
def endpoints(settings: Settings) -> Sequence[Endpoint]:
    """GitLab's own API of DORA metrics."""
    return [GitLabDora(settings)]
