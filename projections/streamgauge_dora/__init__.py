"""The DORA metrics that ship with Streamgauge: facts, links between them, six questions, three
lists, and corrections of links."""

from __future__ import annotations

from collections.abc import Sequence

import click

from streamgauge import hookimpl
from streamgauge.hookspecs import Endpoint, Receiver
from streamgauge.metrics import Metric
from streamgauge.projections import DerivedFacts, Projection
from streamgauge.settings import Settings
from streamgauge_dora.correcting import Corrections
from streamgauge_dora.correcting.command import correct
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
def receivers() -> Sequence[Receiver]:
    """Corrections of links."""
    return [Corrections()]


@hookimpl
def commands() -> Sequence[click.Command]:
    """``correct``, the same on the command line."""
    return [correct]


@hookimpl
def metrics(settings: Settings) -> Sequence[Metric]:
    """The five metrics, and the Quick Check."""
    return all_metrics(Definitions(settings))


@hookimpl
def endpoints(settings: Settings) -> Sequence[Endpoint]:
    """GitLab's own API of DORA metrics."""
    return [GitLabDora(settings)]
