"""The digest of a content is the same where two events say the same, and nowhere else."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamgauge.cloudevents.json_format import parse
from streamgauge.cloudevents.recorded import content_digest, same_content
from streamgauge.errors import InvalidCloudEvent

REQUIRED = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t"}
PLAIN = {"datacontenttype": "text/plain"}


def body(**members: Any) -> bytes:
    return json.dumps({**REQUIRED, **members}).encode()


# From few values, so that two of them are often the same, or nearly.
scalars = st.sampled_from(
    [None, True, False, 0, -0.0, 1, 1.0, 1.5, 1e300, 2**53, 2.0**53, 2**64, "", "a", "é",
     "1.0", ":1.5"]
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=5,
)
kinds = st.sampled_from(
    [None, "application/json", "Application/JSON; charset=utf8", "text/plain",
     "text/plain; charset=iso-8859-1", "text/plain; charset=utf-16", "x/y+json"]
)  # fmt: skip
attributes = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["t", "dev.cdevents.service.deployed.0.3.0"]),
        "subject": st.sampled_from(["a", "b"]),
        "time": st.sampled_from(
            ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.0+01:00", "2026-01-01T00:00:00.10Z"]
        ),
        "ext": st.sampled_from([True, "true", 1, "1", None]),
        "cdeventsdeviations": st.sampled_from(["x", "y"]),
    },
)


@st.composite
def states(draw: st.DrawFn) -> bytes:
    """A recorded event, in any of the spellings that there are."""
    members = draw(attributes)
    kind = draw(kinds)
    if kind is not None:
        members["datacontenttype"] = kind
    data = draw(values)
    form = draw(st.sampled_from(["none", "json", "text", "base64", "json in base64"]))
    if form == "json":
        members["data"] = data
    elif form == "text":
        members["data"] = draw(st.sampled_from(["", "a", "é"]))
    elif form == "base64":
        text = draw(st.sampled_from(["", "a", "é"]))
        charset = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
        members["data_base64"] = base64.b64encode(text.encode(charset)).decode()
    elif form == "json in base64":
        members["data_base64"] = base64.b64encode(json.dumps(data).encode()).decode()
    state = json.dumps(
        {**REQUIRED, **members},
        sort_keys=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1])),
        ensure_ascii=draw(st.booleans()),
    ).encode()
    try:
        return parse(state).state
    except InvalidCloudEvent:
        return draw(st.just(body(data=data)))


@settings(max_examples=500)
@given(states(), states())
@example(body(data=[1.0, 1.5, {"a": 2.0}]), body(data=[1, 1.5, {"a": 2}]))
@example(body(data="a", **PLAIN), body(data_base64="YQ==", **PLAIN))
def test_it_says_what_the_comparison_says(one: bytes, other: bytes) -> None:
    assert (content_digest(one) == content_digest(other)) is same_content(one, other)


def test_it_is_made_as_it_always_was() -> None:
    """Archives hold it: another way to make it would need a new version beside this one."""
    examples = (
        body(),
        body(data={"b": [1, 2.0, None, "é"], "a": 1.5}, time="2026-01-01T01:00:00.50+01:00"),
        body(data="text", datacontenttype="text/plain; charset=iso-8859-1", flag=True, subject="x"),
        body(data_base64="AAEC"),
        body(type="dev.cdevents.service.deployed.0.3.0", data={"a": 1}, subject="x"),
    )
    assert [content_digest(each).hex()[:16] for each in examples] == [
        "584be28f8ec2a38f",
        "fdc0ccc990f31fcf",
        "4cfa947e94ad17f1",
        "e166e0b9d6c04fdb",
        "47d42af6c19db3e8",
    ]
