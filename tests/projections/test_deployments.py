"""The deployments table is a function of the set of CDEvents: Hypothesis and cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import CDEvent, cdevents
from streamgauge.cdevents import in_cloudevent
from streamgauge.metrics.answer import answer
from streamgauge.metrics.query import MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.stages.pace import Pace
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import START, a_deployment, append_cdevents, drain, processors, rows, start_over

KINDS = ("service.deployed", "service.upgraded", "service.rolledback", cdevents.DEPLOYMENT_FAILED)
QUERY = MetricQuery.parse(
    {
        "from": ["2026-01-01"],
        "to": ["2026-03-01"],
        "interval": ["day"],
        "tz": ["America/New_York"],
        "group_by": ["service,environment"],
    },
    now=START,
)


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
custom_data = st.none() | st.dictionaries(
    st.sampled_from(["commit", "repository", "other"]), any_text | st.integers(0, 9), max_size=3
)


@st.composite
def event_sets(draw: st.DrawFn) -> list[CDEvent]:
    """Deployments and other events, each with an identity of its own."""
    count = draw(st.integers(0, 12))
    events = []
    for number in range(count):
        events.append(
            a_deployment(
                number,
                at=START + timedelta(minutes=draw(st.integers(-6000, 60000))),
                service=draw(st.sampled_from(["shop", "pay", "Zürich \U0001f680"])),
                environment=draw(st.sampled_from(["production", "staging"])),
                kind=draw(st.sampled_from(KINDS)),
                custom_data=draw(custom_data),
            )
        )
    if draw(st.booleans()):
        events.append(
            cdevents.new("service.removed", id="r", source="/t", timestamp=START, subject_id="shop")
        )
    return events


def feed(
    database: Database,
    plugins: Plugins,
    batches: Sequence[Sequence[CDEvent]],
    *,
    pages: tuple[int, int] = (1000, 5000),
) -> Any:
    """Send the batches through the whole flow; the table and the answer that come of it.

    `pages` are how many events the router and the projection take at a time.
    """
    start_over(database)
    router, runner, *metrics = processors(database, plugins)
    router.page_size = pages[0]
    runner.pace = Pace.fixed(pages[1])
    for batch in batches:
        CloudEventsLog(database).append([in_cloudevent(event) for event in batch])
        drain(router, runner, *metrics)
    drain(runner, *metrics)
    found = answer(database, plugins, "deployment_frequency", QUERY)
    found.pop("as_of")
    return rows(database, "select * from deployment_attempts order by deployment_id"), found


@pytest.mark.slow
@given(events=event_sets(), data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_duplicates_and_batches_change_nothing(
    database: Database, plugins: Plugins, events: list[CDEvent], data: st.DataObject
) -> None:
    plain = feed(database, plugins, [events])
    repeated = events + data.draw(st.lists(st.sampled_from(events)) if events else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    bounds = [0, *cuts, len(shuffled)]
    batches = [shuffled[a:b] for a, b in pairwise(bounds)]
    pages = data.draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    assert feed(database, plugins, batches, pages=pages) == plain


def test_each_kind_of_event_becomes_its_row(database: Database, plugins: Plugins) -> None:
    events = [a_deployment(n, kind=kind) for n, kind in enumerate(KINDS)]
    append_cdevents(database, events)
    drain(*processors(database, plugins))
    found = rows(
        database,
        "select event_id, service, environment, artifact_id, kind, outcome, finished_at"
        " from deployment_attempts order by event_id",
    )
    assert found == [
        (
            f"deployment-{n}",
            "shop",
            "production",
            f"pkg:oci/shop@sha256:{n:064x}",
            kind,
            outcome,
            START + timedelta(hours=n),
        )
        for n, (kind, outcome) in enumerate(
            [
                ("deploy", "success"),
                ("upgrade", "success"),
                ("rollback", "success"),
                (None, "failure"),
            ]
        )
    ]


def test_readers_of_the_proof_of_concept_find_their_columns(
    database: Database, plugins: Plugins
) -> None:
    append_cdevents(database, [a_deployment(1), a_deployment(2, kind=KINDS[3])])
    drain(*processors(database, plugins))
    found = rows(database, "select deploy_name, time_created from deployments")
    assert found == [("shop", datetime(2026, 1, 5, 10, 0))]
    assert rows(database, "select count(distinct deploy_id) from deployments") == [(1,)]


@pytest.mark.parametrize(
    ("version", "extra"), [("0.1.0", "version"), ("0.1.1", "version"), ("0.3.0", "specversion")]
)
def test_events_of_old_releases_count_too(
    database: Database, plugins: Plugins, version: str, extra: str
) -> None:
    spec = {"0.1.0": "0.1.0", "0.1.1": "0.2.0", "0.3.0": "0.5.1"}[version]
    document: dict[str, Any] = {
        "context": {
            extra: spec,
            "id": "old",
            "source": "/old",
            "type": f"dev.cdevents.service.deployed.{version}",
            "timestamp": "2026-01-05T09:00:00Z",
        },
        "subject": {
            "id": "shop",
            "content": {"environment": {"id": "production"}, "artifactId": "pkg:oci/x@1"},
        },
    }
    if extra == "version":
        document["subject"]["type"] = "service"
    feed(database, plugins, [[CDEvent(document)]])
    assert rows(database, "select event_id from deployments") == [("old",)]


def test_a_name_of_any_length_is_kept(database: Database, plugins: Plugins) -> None:
    import random

    name = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))
    append_cdevents(database, [a_deployment(1, service=name, environment=name)])
    drain(*processors(database, plugins))
    assert rows(database, "select service, environment from deployments") == [(name, name)]


def test_times_at_the_edge_are_kept(database: Database, plugins: Plugins) -> None:
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:60.9999999Z", "2026-01-05T09:00:00+14:00"):
        event = a_deployment(1)
        event.document["context"]["timestamp"] = at
        event.document["context"]["id"] = at
        append_cdevents(database, [event])
    drain(*processors(database, plugins))
    found = [t for (t,) in rows(database, "select finished_at from deployments order by 1")]
    assert found == [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 4, 19, 0, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]


def test_a_commit_that_a_column_cannot_hold_costs_no_deployment(
    database: Database, plugins: Plugins
) -> None:
    append_cdevents(database, [a_deployment(1, custom_data={"commit": "a\0b", "repository": "\0"})])
    drain(*processors(database, plugins))
    found = rows(database, "select commit_sha, repository from deployment_attempts")
    assert found == [(None, "\ufffd")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://git.example/Acme/Shop.git", "git.example/acme/shop"),
        ("git@git.example:acme/shop.git", "git.example/acme/shop"),
        ("acme/shop", "acme/shop"),
    ],
)
def test_a_repository_is_one_however_it_is_written(
    database: Database, plugins: Plugins, said: str, kept: str
) -> None:
    append_cdevents(database, [a_deployment(1, custom_data={"repository": said})])
    drain(*processors(database, plugins))
    assert rows(database, "select repository from deployments") == [(kept,)]
