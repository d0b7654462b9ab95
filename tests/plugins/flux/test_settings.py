"""Environments, services and commits: from the metadata, else from the settings."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge_flux.options import options_of
from tests.plugins.posting import Run

from .samples import COMMITS, applied

SHOP = "https://git.acme.example/lamps/shop"


@pytest.mark.parametrize(
    ("options", "metadata", "environment"),
    [
        ({}, {}, "lamps-prod"),
        ({"environment": "live"}, {}, "live"),
        ({"environment": "live", "environments": {"lamps-*": "production"}}, {}, "production"),
        ({"environments": {"*": "one", "lamps-prod/lamps": "two"}}, {}, "two"),
        ({"environments": {"*": "one"}}, {"environment": "staging"}, "staging"),
    ],
)
def test_the_environment(options: Any, metadata: Any, environment: str) -> None:
    [event] = Run("flux", **options).post(applied("a", **metadata))
    assert event.content["environment"] == {"id": environment}


@pytest.mark.parametrize(
    ("options", "metadata", "service"),
    [
        ({}, {}, "lamps-prod/lamps"),
        ({"services": {"*/lamps": "lamp-shop"}}, {}, "lamp-shop"),
        ({"services": {"*/lamps": "lamp-shop"}}, {"service": "lights"}, "lights"),
    ],
)
def test_the_service(options: Any, metadata: Any, service: str) -> None:
    [event] = Run("flux", **options).post(applied("a", **metadata))
    assert event.subject_id == service


@pytest.mark.parametrize(
    ("options", "metadata", "commit"),
    [
        ({}, {}, None),
        ({"repositories": {"lamps-prod/*": SHOP}}, {}, "a"),
        ({"repositories": {"other/*": SHOP}}, {}, None),
        ({}, {"repository": SHOP}, "a"),
        ({}, {"commit": COMMITS["c"]}, "c"),
        ({}, {"commit": f"main@sha1:{COMMITS['c']}"}, "c"),
        ({}, {"originRevision": f"main@sha1:{COMMITS['b']}"}, "b"),
        ({}, {"originRevision": f"main/{COMMITS['b']}", "commit": COMMITS["c"]}, "c"),
        ({"repositories": {"*": SHOP}}, {"originRevision": COMMITS["b"]}, "b"),
    ],
)
def test_a_commit_is_told_only_where_it_is_the_applications(
    options: Any, metadata: Any, commit: str | None
) -> None:
    [event] = Run("flux", **options).post(applied("a", **metadata))
    assert event.custom_data.get("commit") == (commit and COMMITS[commit])
    # The metrics also read whole commits out of artifact ids.
    assert COMMITS["a"] not in event.content["artifactId"]


def test_a_setting_that_makes_no_sense_is_named() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.flux\.services"):
        options_of(Settings(plugins={"flux": {"services": "lamps"}}))
