"""An incident is made as the metrics read it; places are called as the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import validate
from streamgauge.errors import SettingsError
from streamgauge.settings import Settings
from streamgauge.sources import Names, Options, Places, Told, incident

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = Told("https://hats.example", AT)


def options(**values: Any) -> Options:
    return Options(replace(Settings.load({}), plugins={"rocket": values}), "rocket")


def test_an_incident_is_detected_and_resolved_under_one_name() -> None:
    where = {"subject": "i-1", "environment": "live", "service": "shop", "title": "no hats"}
    detected = incident(TOLD, "detected", at=AT, labels=["sev1"], priority="P1", **where)
    resolved = incident(TOLD, "resolved", at=None, retracted=True, **where)
    assert validate(detected.document).kind == "incident.detected"
    assert validate(resolved.document).kind == "incident.resolved"
    assert detected.subject_id == resolved.subject_id == "i-1"
    assert detected.content == {
        "environment": {"id": "live"},
        "service": {"id": "shop"},
        "description": "no hats",
    }
    assert detected.custom_data == {"title": "no hats", "labels": ["sev1"], "priority": "P1"}
    assert resolved.custom_data == {
        "title": "no hats",
        "retracted": True,
        "timestampInferred": True,
    }


def test_what_is_not_known_is_left_out() -> None:
    made = incident(
        TOLD, "detected", at=AT, subject="i", environment="production", service=None, title=None
    )
    assert made.content == {"environment": {"id": "production"}}
    assert made.custom_data == {}


@given(whens=st.lists(st.sampled_from(["", "a", "b"]), max_size=2), title=st.text(max_size=3))
def test_an_id_hangs_on_the_subject_the_transition_and_the_times_given(
    whens: list[str], title: str
) -> None:
    def made(done: Any, *when: str, subject: str = "i", title: str | None = None) -> str:
        return incident(
            TOLD, done, *when, at=AT, subject=subject, environment="e", service=None, title=title
        ).id

    same = made("detected", *whens)
    assert made("detected", *whens, title=title) == same
    others = {
        made("resolved", *whens),
        made("detected", *whens, "c"),
        made("detected", subject="j"),
    }
    assert same not in others
    assert len(others) == 3


def test_places_are_called_as_the_settings_say() -> None:
    places = Places.of(
        options(
            environment="live",
            environments={"prd-*": "production", "*-staging": "staging"},
            services={"shop-*": "shop"},
        )
    )
    assert places.environment_of("prd-eu") == "production"
    assert places.environment_of(" canary ") == "canary"
    assert places.environment_of("canary", "hats-staging") == "canary"
    assert places.environment_of(None, "hats-staging") == "staging"
    assert places.environment_of(None, "hats") == "live"
    assert places.environment_of(None) == "live"
    assert places.service_of("shop-web") == "shop"
    assert places.service_of(" hats ") == "hats"
    assert places.service_of(None) is None


def test_the_environment_is_production_unless_set() -> None:
    assert Places.of(options()) == Places("production", Names(), Names())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"environment": 3}, r"plugins\.rocket\.environment must be text"),
        ({"environments": "staging"}, r"plugins\.rocket\.environments must be a table of texts"),
        ({"services": {"a": 1}}, r"plugins\.rocket\.services must be a table of texts"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Places.of(options(**values))
