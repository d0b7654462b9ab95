"""Lists: what facts tell of, one by one, newest first, a page at a time."""

from streamgauge.lists.listing import Listing, Page
from streamgauge.lists.query import ListQuery, Place

__all__ = ["ListQuery", "Listing", "Page", "Place"]
