"""Which hosts are this machine alone, and how one stands in a URL."""

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


def in_url(host: str) -> str:
    """The host as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
