"""The events of the subject `testcaserun`."""

# Written by streamgauge.cdevents.generate. The specification's own words are no mistake:
# ruff: noqa: A002

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from streamgauge.cdevents.building import More, build_event, ref
from streamgauge.cdevents.event import CDEvent
from streamgauge.cdevents.shapes import Outcome, Ref, Severity, TestCase, Trigger


def queued(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    trigger: Trigger | Mapping[str, Any] | None = None,
    test_suite_run: str | Ref | None = None,
    test_case: TestCase | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test case waits for its turn.

    - `environment`: an id, or a Ref that says whose id it is
    - `trigger`: a Trigger, or a mapping with members of its own
    - `test_suite_run`: an id, or a Ref that says whose id it is
    - `test_case`: a TestCase

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "trigger": trigger,
        "testSuiteRun": ref(test_suite_run),
        "testCase": test_case,
    }
    return build_event("testcaserun.queued", id, source, timestamp, subject_id, content, **more)


def started(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref,
    trigger: Trigger | Mapping[str, Any] | None = None,
    test_suite_run: str | Ref | None = None,
    test_case: TestCase | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test case has begun.

    - `environment`: an id, or a Ref that says whose id it is
    - `trigger`: a Trigger, or a mapping with members of its own
    - `test_suite_run`: an id, or a Ref that says whose id it is
    - `test_case`: a TestCase

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "trigger": trigger,
        "testSuiteRun": ref(test_suite_run),
        "testCase": test_case,
    }
    return build_event("testcaserun.started", id, source, timestamp, subject_id, content, **more)


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
    test_suite_run: str | Ref | None = None,
    test_case: TestCase | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A run of a test case has ended, well or not.

    - `environment`: an id, or a Ref that says whose id it is
    - `outcome`: one of success, failure, cancel, error
    - `severity`: one of low, medium, high, critical
    - `reason`: any text
    - `test_suite_run`: an id, or a Ref that says whose id it is
    - `test_case`: a TestCase

    In releases 0.3.0, 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release
    does not allow.
    """
    content = {
        "environment": ref(environment),
        "outcome": outcome,
        "severity": severity,
        "reason": reason,
        "testSuiteRun": ref(test_suite_run),
        "testCase": test_case,
    }
    return build_event("testcaserun.finished", id, source, timestamp, subject_id, content, **more)


def skipped(
    *,
    id: str,
    source: str,
    timestamp: datetime,
    subject_id: str,
    environment: str | Ref | None = None,
    reason: str | None = None,
    test_suite_run: str | Ref | None = None,
    test_case: TestCase | None = None,
    **more: Unpack[More],
) -> CDEvent:
    """A test case was left out.

    - `environment`: an id, or a Ref that says whose id it is
    - `reason`: any text
    - `test_suite_run`: an id, or a Ref that says whose id it is
    - `test_case`: a TestCase

    In releases 0.4.1, 0.5.1. Raises InvalidCDEvent, with the place, for what the release does not
    allow.
    """
    content = {
        "environment": ref(environment),
        "reason": reason,
        "testSuiteRun": ref(test_suite_run),
        "testCase": test_case,
    }
    return build_event("testcaserun.skipped", id, source, timestamp, subject_id, content, **more)
