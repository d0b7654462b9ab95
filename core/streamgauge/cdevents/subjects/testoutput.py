"""The events of the subject `testoutput`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import OutputType, Ref


def published(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    output_type: OutputType,
    format: str,
    uri: str | None = None,
    test_case_run: str | Ref | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """Something that a test run produced can be looked at.

    - `output_type`: one of report, video, image, log, other
    - `format`: any text
    - `uri`: a URI with its scheme
    - `test_case_run`: an id, or a Ref that says whose id it is

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "outputType": output_type,
        "format": format,
        "uri": uri,
        "testCaseRun": ref(test_case_run),
    }
    return build_event("testoutput.published", id, source, timestamp, subject_id, content, **more)
