"""Definitions: what the metrics count, by which formulas, and where bands begin, as files."""

from streamgauge_dora.defining.definition import Definition
from streamgauge_dora.defining.files import Definitions

__all__ = ["Definition", "Definitions"]
