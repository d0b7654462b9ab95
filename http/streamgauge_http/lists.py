"""GET /v1/<list>: what facts tell of, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import quote, urlencode

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.lists import Listing, ListQuery, Place
from streamgauge.lists.query import DEFAULT_LIMIT, LONGEST_PAGE
from streamgauge.lists.read import read_page_unless
from streamgauge.metrics.rows import of_list
from streamgauge_http.operations import TEXT, Operation, Parameter
from streamgauge_http.parameters import (
    CURSOR,
    FROM,
    TENANT,
    TO,
    declared,
    of_tenant,
    one_of,
    whole,
)
from streamgauge_http.replies import FORMAT, MEDIA_TYPES, Form, Reply, form_of, send, written
from streamgauge_http.runtime import Runtime


def list_parameters(filters: Mapping[str, Sequence[str]]) -> Sequence[Parameter]:
    """What a list with these filters takes."""
    return (
        *(
            Parameter(
                key, f"Only what has this {key}.", one_of(values) if values else TEXT, many=True
            )
            for key, values in filters.items()
        ),
        FROM,
        TO,
        Parameter("limit", "How many at most.", whole(1, LONGEST_PAGE, DEFAULT_LIMIT)),
        CURSOR,
        TENANT,
    )


class List:
    """One list that a plugin brings."""

    def __init__(self, runtime: Runtime, name: str, listing: Listing) -> None:
        self.runtime = runtime
        self._name = name
        self._filters = listing.filters
        self.operations = {
            "GET": Operation(
                listing.title,
                "read",
                "Lists",
                shapes.ListPage,
                media_types=MEDIA_TYPES,
                parameters=(*list_parameters(listing.filters), FORMAT),
                problems=("invalid-query",),
                holds=True,
            )
        }

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of it, the newest first; docs/reference/http.md lists the parameters."""
        given: dict[str, Sequence[str]] = {**declared(req, self.operations["GET"])}
        form = form_of(req, given)
        query = ListQuery.parse(of_tenant(req, given), self._filters)
        address = partial(next_page, req.path, {**given, **form.parameters()})
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


def next_page(path: str, given: Mapping[str, Sequence[str]], place: Place | None) -> str | None:
    """The address of the next page of the same question; None where there is none."""
    if place is None:
        return None
    return f"{path}?{urlencode({**given, 'cursor': [str(place)]}, doseq=True, quote_via=quote)}"
