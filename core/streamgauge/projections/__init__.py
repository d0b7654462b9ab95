"""Projections: what they are, the builds of their tables, the runner and the replay."""

from streamgauge.projections.projection import Projection, Tables

__all__ = ["Projection", "Tables"]
