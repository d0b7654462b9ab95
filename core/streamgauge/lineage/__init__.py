"""Lineage: from any id down to the events that it is made of, and what made them."""

from streamgauge.lineage.answer import lineage

__all__ = ["lineage"]
