"""GET /v1/<list>: what facts tell of, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from falcon.asgi import Request, Response

from streamgauge import shapes
from streamgauge.lists import Listing, ListQuery, Place
from streamgauge.lists.query import DEFAULT_LIMIT, LONGEST_PAGE
from streamgauge.lists.read import read_page
from streamgauge_http.operations import TEXT, Operation, Parameter
from streamgauge_http.parameters import (
    CURSOR,
    FROM,
    TENANT,
    TO,
    of_tenant,
    one_of,
    parameters,
    whole,
)
from streamgauge_http.queries import write_json
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
                parameters=list_parameters(listing.filters),
                problems=("invalid-query",),
            )
        }

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of it, the newest first; docs/reference/http.md lists the parameters."""
        given = parameters(req, None)
        asked = of_tenant(req, given)
        query = ListQuery.parse(asked, self._filters)
        runtime = self.runtime
        found = await runtime.query(read_page, runtime.database, runtime.plugins, self._name, query)
        following = next_page(req.path, given, found.pop("following"))
        write_json(resp, {"items": found["items"], "next": following, "as_of": found["as_of"]})


def next_page(path: str, given: Mapping[str, Sequence[str]], place: Place | None) -> str | None:
    """The address of the next page of the same question; None where there is none."""
    if place is None:
        return None
    return f"{path}?{urlencode({**given, 'cursor': [str(place)]}, doseq=True, quote_via=quote)}"
