"""The OpenAPI 3.1 document, made of what the resources declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from streamgauge import __version__, shapes
from streamgauge_http.operations import JSON, Operation, Parameter, Resource
from streamgauge_http.problems import KINDS
from streamgauge_http.server.problems import MEDIA_TYPE

_REF = "#/components/schemas/{name}"
_STATUS = {slug: status for slug, status, _ in KINDS.values()} | {"conflict": 409}
_DELIVERED = {
    "Streamgauge-Accepted": "How many events were new.",
    "Streamgauge-Duplicates": "How many were recorded already.",
    "Streamgauge-Position": "The highest position among them.",
}
_OF_CDEVENTS = {"Streamgauge-Deviating": "How many deviate from the specification."}
_HEADERS = {
    "X-Request-Id": "What the log calls the request: what it calls itself so, or a new name.",
    "ETag": "The same for as long as the answer is.",
    "Link": "The next page of a table, with rel=next.",
    "Retry-After": "Seconds after which to ask again.",
    "WWW-Authenticate": "How to show a token.",
}
_OF_STATUS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_UNLESS = Parameter(
    "If-None-Match",
    "The ETag of an answer that is there already.",
    {"type": "string"},
    place="header",
)
_FIELD = re.compile(r"\{(\w+)(?::\w+)?\}")


def document(resources: Mapping[str, Resource]) -> dict[str, Any]:
    """The whole of it."""
    answers = {op.answer for resource in resources.values() for op in resource.operations.values()}
    answers |= {shapes.Problem}
    known = sorted((each for each in answers if each is not None), key=str)
    refs, schemas = msgspec.json.schema_components(known, ref_template=_REF)
    shape_of = dict(zip(known, refs, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Streamgauge",
            "version": __version__,
            "description": "CloudEvents in, DORA metrics out; each answer says what it is made of.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in _tags(resources.values())],
        "paths": {
            _FIELD.sub(r"{\1}", path): {
                method.lower(): _operation(path, method, op, shape_of)
                for method, op in resource.operations.items()
            }
            for path, resource in resources.items()
        },
        "components": {
            "schemas": schemas,
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in _HEADERS.items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _tags(resources: Iterable[Resource]) -> Sequence[str]:
    return list(dict.fromkeys(op.tag for each in resources for op in each.operations.values()))


def _operation(
    path: str, method: str, operation: Operation, shape_of: Mapping[Any, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _id_of(path, method),
        "summary": operation.summary[:1].upper() + operation.summary[1:],
        "tags": [operation.tag],
        "parameters": [
            _parameter(each)
            for each in (*operation.parameters, *([_UNLESS] if operation.holds else ()))
        ],
        "responses": _responses(operation, shape_of),
        "security": [{"token": []}] if operation.role else [],
        "x-role": operation.role,
    }
    if operation.body is not None:
        content = {media_type: {"schema": schema} for media_type, schema in operation.body.items()}
        described["requestBody"] = {"content": content, "required": True}
    return described


def _id_of(path: str, method: str) -> str:
    if path == "/metrics":  # which is not /v1/metrics
        return "get_prometheus_metrics"
    words = re.findall(r"\w+", _FIELD.sub(r"by_\1", path).removeprefix("/v1"))
    return "_".join([method.lower(), *words]) if words else f"{method.lower()}_root"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: Mapping[str, Any] = parameter.schema
    if parameter.many:
        schema = {"type": "array", "items": schema}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.place == "path",
        "schema": schema,
        **({"style": "form", "explode": True} if parameter.many else {}),
    }


def _responses(operation: Operation, shape_of: Mapping[Any, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = {
        "description": HTTPStatus(operation.status).phrase,
        "headers": _headers(*(["ETag"] if operation.holds else [])),
    }
    if operation.media_types:
        schema = {} if operation.answer is None else shape_of[operation.answer]
        answered["content"] = {each: {"schema": schema} for each in operation.media_types[:1]}
        answered["content"] |= {each: {} for each in operation.media_types[1:]}
    if "text/csv" in operation.media_types:
        answered["headers"] |= _headers("Link")
    if operation.delivers:
        checked = _OF_CDEVENTS if "invalid-cdevent" in operation.problems else {}
        answered["headers"] |= {
            name: {"description": text, "schema": {"type": "integer"}}
            for name, text in {**_DELIVERED, **checked}.items()
        }
    held = {"304": {"description": "Not Modified", "headers": _headers("ETag")}}
    return {
        str(operation.status): answered,
        **(held if operation.holds else {}),
        **_problems(operation, shape_of),
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}


def _problems(operation: Operation, shape_of: Mapping[Any, Any]) -> dict[str, Any]:
    slugs = {*operation.problems, "unavailable"} if _asks(operation) else {*operation.problems}
    if operation.role is not None or operation.delivers:
        slugs |= {"invalid-input", "unauthorized", "forbidden", "closed", "rate-limited"}
    by_status: dict[int, list[str]] = {}
    for slug in sorted(slugs):
        by_status.setdefault(_STATUS[slug], []).append(slug)
    content = {MEDIA_TYPE: {"schema": shape_of[shapes.Problem]}}
    if operation.own_errors:
        content[JSON] = {"schema": {}}
    found = {
        str(status): {
            "description": ", ".join(named),
            "headers": _headers(*_OF_STATUS.get(status, ())),
            "content": content,
        }
        for status, named in sorted(by_status.items())
    }
    other = {"description": "Any other problem.", "headers": _headers(), "content": content}
    return {**found, "default": other}


def _asks(operation: Operation) -> bool:
    """Whether it needs Postgres."""
    return operation.role is not None or operation.delivers or operation.tag == "Health"
