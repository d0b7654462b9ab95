"""Who may do what: roles, grants, and tokens that are stored (docs/decisions/0023)."""

from streamgauge.access.grants import ROLES, Grant, Role
from streamgauge.access.hosts import in_url, is_loopback
from streamgauge.access.tokens import Token, mint

__all__ = ["ROLES", "Grant", "Role", "Token", "in_url", "is_loopback", "mint"]
