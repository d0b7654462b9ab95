"""Typed constructors: a module for each subject, in it a function for each event."""

from streamgauge.cdevents.subjects import (
    artifact,
    branch,
    build,
    change,
    environment,
    incident,
    pipelinerun,
    repository,
    service,
    taskrun,
    testcaserun,
    testoutput,
    testsuiterun,
    ticket,
)

__all__ = [
    "artifact",
    "branch",
    "build",
    "change",
    "environment",
    "incident",
    "pipelinerun",
    "repository",
    "service",
    "taskrun",
    "testcaserun",
    "testoutput",
    "testsuiterun",
    "ticket",
]
