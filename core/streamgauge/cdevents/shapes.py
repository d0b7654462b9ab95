"""What the typed constructors take beside text: words, references and other shapes."""

# Written by streamgauge.cdevents.generate.

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Release = Literal[
    "0.1.2",
    "0.2.0",
    "0.3.0",
    "0.4.1",
    "0.5.1",
]
TriggerType = Literal[
    "manual",
    "pipeline",
    "event",
    "schedule",
    "other",
]
TestType = Literal[
    "performance",
    "functional",
    "unit",
    "security",
    "compliance",
    "integration",
    "e2e",
    "other",
]
OutputType = Literal[
    "report",
    "video",
    "image",
    "log",
    "other",
]
Outcome = Literal[
    "success",
    "failure",
    "cancel",
    "error",
]
Severity = Literal[
    "low",
    "medium",
    "high",
    "critical",
]


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing by its id and, where that differs, the source that gave the id.

    - `id`: any text but an empty one
    - `source`: a URI, or a reference relative to one
    """

    id: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Sbom:
    """Where the bill of materials of an artifact is.

    - `uri`: a URI, or a reference relative to one
    """

    uri: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What made a test run start.

    - `type`: one of manual, pipeline, event, schedule, other
    - `uri`: a URI with its scheme
    """

    type: TriggerType | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test case.

    - `id`: any text but an empty one
    - `version`: any text
    - `name`: any text
    - `type`: one of performance, functional, unit, security, compliance, integration, e2e, other
    - `uri`: a URI with its scheme
    """

    __test__ = False  # pytest takes it for a test otherwise

    id: str
    version: str | None = None
    name: str | None = None
    type: TestType | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class TestSuite:
    """A set of test cases.

    - `id`: any text but an empty one
    - `version`: any text
    - `name`: any text
    - `uri`: a URI with its scheme
    """

    __test__ = False  # pytest takes it for a test otherwise

    id: str
    version: str | None = None
    name: str | None = None
    uri: str | None = None
