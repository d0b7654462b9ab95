"""GET /v1/<list>: what facts tell of, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import quote, urlencode

from falcon.asgi import Request, Response

from streamgauge.lists import Listing, ListQuery, Place
from streamgauge.lists.read import read_page_unless
from streamgauge.metrics.rows import of_list
from streamgauge_http.reading import parameters
from streamgauge_http.replies import Form, Reply, form_of, send, written
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
        form = form_of(req, given)
        query = ListQuery.parse(given, self._filters)
        address = partial(_address, req.path, {**given, **form.parameters()})
        send(resp, form, await self.runtime.query(self._page, query, form, address), self._name)

    def _page(
        self, query: ListQuery, form: Form, address: Callable[[Place | None], str | None]
    ) -> Reply:
        told = read_page_unless(
            self.runtime.database, self.runtime.plugins, self._name, query, form.has
        )
        found = told.document
        if found is None:
            return Reply(told.tag, None)
        following = address(found["following"])
        document = {"items": found["items"], "next": following, "as_of": found["as_of"]}
        return Reply(told.tag, written(form, document, of_list), following)


def _address(path: str, given: Mapping[str, Sequence[str]], place: Place | None) -> str | None:
    """Of the next page of the same question."""
    if place is None:
        return None
    return f"{path}?{urlencode({**given, 'cursor': [str(place)]}, doseq=True, quote_via=quote)}"
