"""The events of the subject `testsuiterun`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Outcome, Ref, Severity, TestSuite, Trigger


def queued(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    trigger: Trigger | Mapping[str, Any] | None = None,
    test_suite: TestSuite | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test suite waits for its turn.

    - `environment`: an id, or a Ref that says whose id it is
    - `trigger`: a Trigger, or a mapping with members of its own
    - `test_suite`: a TestSuite

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "trigger": trigger,
        "testSuite": test_suite,
    }
    return build_event("testsuiterun.queued", id, source, timestamp, subject_id, content, **more)


def started(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    trigger: Trigger | Mapping[str, Any] | None = None,
    test_suite: TestSuite | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test suite has begun.

    - `environment`: an id, or a Ref that says whose id it is
    - `trigger`: a Trigger, or a mapping with members of its own
    - `test_suite`: a TestSuite

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "trigger": trigger,
        "testSuite": test_suite,
    }
    return build_event("testsuiterun.started", id, source, timestamp, subject_id, content, **more)


def finished(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    outcome: Outcome,
    severity: Severity | None = None,
    reason: str | None = None,
    test_suite: TestSuite | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test suite has ended, well or not.

    - `environment`: an id, or a Ref that says whose id it is
    - `outcome`: one of success, failure, cancel, error
    - `severity`: one of low, medium, high, critical
    - `reason`: any text
    - `test_suite`: a TestSuite

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "outcome": outcome,
        "severity": severity,
        "reason": reason,
        "testSuite": test_suite,
    }
    return build_event("testsuiterun.finished", id, source, timestamp, subject_id, content, **more)
