"""What the Infinity data source does with a question, by its documentation, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from streamgauge.timestamps import parse_rfc3339
from tests.grafana.making.parts import Json
from tests.service import Answer, Service

MISSING = object()


def asked(service: Service, url: str) -> Answer:
    """The answer to the address. It takes the query apart and writes it anew, empty parts gone."""
    path, query = urlsplit(url).path, urlsplit(url).query
    return service.get(f"{path}?{urlencode(parse_qsl(query, keep_blank_values=True))}")


def rows(document: Any, target: Json) -> list[dict[str, Any]]:
    """The table of an answer: column -> value, MISSING where its selector leads nowhere.

    Without columns it is a list of texts, whose column has no name.
    """
    root = _at(document, target["root_selector"]) if target["root_selector"] else document
    assert root is not MISSING, f"there is no {target['root_selector']!r} in the answer"
    items = root if isinstance(root, list) else [root]
    if not target["columns"]:
        return [{"": item} for item in items]
    return [{c["text"]: _at(item, c["selector"]) for c in target["columns"]} for item in items]


def fits(value: Any, kind: str) -> bool:
    """Whether a value is what its column says it is; null is anything."""
    if value is None or value is MISSING:
        return True
    if kind == "timestamp":
        return parse_rfc3339(value) is not None
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "number": (int, float), "boolean": (bool,),
    }  # fmt: skip
    return isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))


def columns(target: Json) -> Iterator[tuple[str, str]]:
    """The names of the columns and their types."""
    for column in target["columns"]:
        yield column["text"], column["type"]


def _at(item: Any, selector: str) -> Any:
    for name in selector.split("."):
        if not isinstance(item, dict) or name not in item:
            return MISSING
        item = item[name]
    return item
