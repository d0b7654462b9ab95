"""Projections: facts folded from the log of CDEvents."""

from streamgauge.projections.projection import Projection, Tables
from streamgauge.projections.rows import copy_rows

__all__ = ["Projection", "Tables", "copy_rows"]
