"""Which change is in which deployment."""

from streamgauge_dora.linking.links import Links

__all__ = ["Links"]
