"""GET /v1/<list>: what facts tell of, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from falcon.asgi import Request, Response

from streamgauge.lists import Listing, ListQuery, Place
from streamgauge.lists.read import read_page
from streamgauge_http.queries import parameters, write_json
from streamgauge_http.runtime import Runtime


class List:
    """One list that a plugin brings."""

    def __init__(self, runtime: Runtime, name: str, listing: Listing) -> None:
        self.runtime = runtime
        self._name = name
        self._filters = listing.filters

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of it, the newest first; docs/reference/http.md lists the parameters."""
        given = parameters(req, None)
        query = ListQuery.parse(given, self._filters)
        runtime = self.runtime
        found = await runtime.query(read_page, runtime.database, runtime.plugins, self._name, query)
        following = next_page(req.path, given, found.pop("following"))
        write_json(resp, {"items": found["items"], "next": following, "as_of": found["as_of"]})


def next_page(path: str, given: Mapping[str, Sequence[str]], place: Place | None) -> str | None:
    """The address of the next page of the same question; None where there is none."""
    if place is None:
        return None
    return f"{path}?{urlencode({**given, 'cursor': [str(place)]}, doseq=True, quote_via=quote)}"
