"""What happened: typed rows of single CDEvents, from which everything else is made."""

from streamgauge_dora.facts.delivery import Delivery

__all__ = ["Delivery"]
