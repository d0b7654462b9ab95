"""Which hosts are this machine alone."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address


@lru_cache
def is_loopback(host: str) -> bool:
    """Whether a host is this machine's own, which no other can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
