"""Corrections: somebody says that a thing is, or is not, linked to a deployment."""

from streamgauge_dora.correcting.receiver import Corrections

__all__ = ["Corrections"]
