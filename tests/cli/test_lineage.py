"""`streamgauge lineage`: the tree, the document, the exit codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from streamgauge import CDEvent, json_codec, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.lineage import lineage
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import identity
from tests.cli.test_cli import run
from tests.helpers import a_deployment, process
from tests.lineage.changes import CHANGE, CREATED, MERGED, Changes, install


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    return install(tmp_path)


@pytest.fixture
def ours(plugins: Plugins) -> Plugins:
    mine = Plugins(plugins.settings)
    mine.projections["changes"] = Changes()
    return mine


def key_of(event: CDEvent) -> str:
    return str(identity(event.source, event.id))


def test_the_tree_goes_from_the_thing_to_the_cloudevents(
    database: Database, ours: Plugins, environ: Mapping[str, str]
) -> None:
    process(database, ours, map(in_cloudevent, (MERGED, CREATED)))
    done = run("lineage", CHANGE, url=database.url, environ=environ)
    assert (done.code, done.err) == (0, "")
    version = next(p.version for p in ours.plugins if p.name == "cdevents")
    first, *tree = done.out.splitlines()
    assert first == f"{CHANGE}: known to changes, delivery"
    for event, position, lines in ((CREATED, 2, tree[:3]), (MERGED, 1, tree[3:])):
        time, key = event.document["context"]["timestamp"], key_of(event)
        assert lines[:2] == [
            f"  {time} {event.type} of {CHANGE} from /git, id {key}, position {position}",
            f"    made by cdevents {version}",
        ]
        assert lines[2].startswith(
            f"      CloudEvent {event.id} of /git, {event.type}, id {key}, position {position},"
            " recorded 20"
        )


def test_json_is_the_same_document(
    database: Database, ours: Plugins, environ: Mapping[str, str]
) -> None:
    process(database, ours, map(in_cloudevent, (MERGED, CREATED)))
    done = run("lineage", CHANGE, "--json", url=database.url, environ=environ)
    assert done.code == 0
    assert (
        done.out.encode() == json_codec.encode(lineage(database, ours, "default", CHANGE)) + b"\n"
    )


def test_documents_are_printed_on_request(database: Database, plugins: Plugins) -> None:
    deployment = a_deployment(1, custom_data={"said": "\u009b31m\U000e0001 \u00fc [bold]"})
    process(database, plugins, [in_cloudevent(deployment)])
    key = key_of(deployment)
    plain = run("lineage", key, url=database.url)
    assert (plain.code, "{" in plain.out) == (0, False)
    done = run("lineage", key, "--documents", url=database.url)
    documents = [
        json.loads(line[line.index("{") :]) for line in done.out.splitlines() if "{" in line
    ]
    assert documents == [
        deployment.document,
        json.loads(in_cloudevent(deployment).state),
    ]
    assert "\u009b" not in done.out
    assert "\u00fc [bold]" in done.out


def test_what_failed_is_said_and_what_it_was_not_asked(
    database: Database, plugins: Plugins, environ: Mapping[str, str]
) -> None:
    event = new_event(id="bad", source="/b", type="dev.cdevents.service.deployed.0.3.0", data={})
    process(database, plugins, [event])
    done = run("lineage", str(identity("/b", "bad")), url=database.url, environ=environ)
    assert done.code == 0
    assert "no CDEvent: what was to make a CDEvent of it has failed" in done.out
    assert "\n    CloudEvent bad of /b" in done.out
    assert "dead letter at position 1 of cloudevents: cdevents " in done.out
    assert ", parked: InvalidCDEvent: " in done.out
    assert done.err == "changes was not asked: it has no tables yet; is a worker running?\n"


@pytest.mark.parametrize("id", ["", "shop", "https://x.example/[b]/"])
def test_an_unknown_id_is_wrong_usage(database_url: str, id: str) -> None:
    done = run("lineage", id, url=database_url)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"streamgauge: nothing has the id {id!r}; an id is ")
    assert done.err.count("\n") == 1


def test_bytes_that_are_no_text_are_an_unknown_id(database_url: str) -> None:
    done = run("lineage", "\udcff", url=database_url)
    assert (done.code, "Traceback" in done.err) == (2, False)


def test_a_database_that_cannot_be_reached_is_exit_code_three() -> None:
    assert run("lineage", "x", url="postgresql://u:p@127.0.0.1:1/none").code == 3
