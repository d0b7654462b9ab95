"""Valid documents of any released type, drawn at random from our own schemas."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from streamgauge.cdevents import EventType, lookup
from streamgauge.cdevents.schemas import Schema, schema
from streamgauge.cdevents.vocabulary import RELEASED

Document = dict[str, Any]

CUSTOM = "dev.cdeventsx.tool7-deployment.failed.0.1.0"
_FORMATS = {
    "date-time": st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z".zfill(20)),
    "uri": st.sampled_from(["https://ci.example/runs/7", "urn:x"]),
    "uri-reference": st.sampled_from(["/teams/shop", "https://ci.example/"]),
}
# What is any text in an old release and something narrower in the newest one.
_NARROWED = {
    **dict.fromkeys(("url", "viewUrl"), _FORMATS["uri"]),
    **dict.fromkeys(("source",), _FORMATS["uri-reference"]),
    "outcome": st.sampled_from(["success", "failure", "cancel", "error"]),
}
WORDS = st.sampled_from(["pass", "fail", "success", "failure", "url", "version", "a b"])


def forms() -> list[EventType]:
    """Each type as each of its releases has it, a custom one among them."""
    custom = lookup(CUSTOM)
    assert custom is not None
    return [each.of(release) for each in (*RELEASED.values(), custom) for release in each.releases]


@st.composite
def documents(draw: st.DrawFn, *, narrow: bool = False) -> tuple[EventType, Document]:
    """A form, and a valid document of it.

    A `narrow` one has only values that the newest release allows too.
    """
    form = draw(st.sampled_from(forms()))
    document = draw(_values(schema(form), narrow))
    context, subject = document["context"], document["subject"]
    context["type"] = form.name
    context["version" if "version" in context else "specversion"] = form.specversion
    if "type" in subject and (narrow or draw(st.booleans()) or form.specversion != "0.1.2"):
        subject["type"] = form.subject_type
    return form, document


def _values(described: Schema, narrow: bool) -> st.SearchStrategy[Any]:
    if "anyOf" in described:
        return st.one_of(_values(each, narrow) for each in described["anyOf"])
    if "enum" in described:
        return st.sampled_from(described["enum"])
    match described["type"]:
        case "string" if "format" in described:
            return _FORMATS[described["format"]]
        case "string":
            text = st.text(min_size=described.get("minLength", 0), max_size=3)
            return WORDS | text
        case "array":
            return st.lists(_values(described["items"], narrow), max_size=2)
        case "object" if "properties" in described:
            return _objects(described, narrow)
    return st.dictionaries(WORDS, WORDS | st.integers() | st.none(), max_size=3)


def _objects(described: Schema, narrow: bool) -> st.SearchStrategy[Any]:
    members = {
        name: _NARROWED[name]
        if narrow and name in _NARROWED and each == {"type": "string", **_only(each, "minLength")}
        else _values(each, narrow)
        for name, each in described["properties"].items()
    }
    return st.fixed_dictionaries(
        {name: members[name] for name in described["required"]},
        optional={n: each for n, each in members.items() if n not in described["required"]},
    )


def _only(described: Schema, name: str) -> Schema:
    return {name: described[name]} if name in described else {}
