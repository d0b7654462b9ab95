"""`streamgauge transform` over every real payload there is, each by its own source.

They are not part of this project: skipped where they are not at hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streamgauge.cdevents import validate
from streamgauge.cli.transform import transform
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import NATIVE
from tests.plugins.walk import PAYLOADS, files_of
from tests.shared import needs_shared

SOURCES: Mapping[str, Sequence[str]] = {
    "alertmanager": ["alertmanager"],
    "azure-devops": ["azure-devops"],
    "bitbucket-cloud": ["bitbucket"],
    "circleci": ["circleci"],
    "docker-distribution": ["distribution"],
    "docker-hub": ["docker-hub"],
    "flux": ["flux"],
    "gitea": ["gitea"],
    "github": ["github"],
    "gitlab": ["gitlab"],
    "harbor": ["harbor"],
    "jenkins-cdevents": ["jenkins"],
    "jenkins-cloudevents": ["jenkins", NATIVE],
    "knative-apiserversource": [NATIVE],
    "knative-githubsource": [NATIVE],
    "opsgenie": ["opsgenie"],
    "pagerduty": ["pagerduty"],
    "sentry": ["sentry"],
    "spinnaker": ["spinnaker", NATIVE],
    "tekton": ["tekton", NATIVE],
    "testkube": ["native", NATIVE],
}
"""A folder of the payloads, and the sources that take what is in it."""

REFUSED: Mapping[str, str] = {
    # The HTTP sink of Jenkins' cdevents-plugin sends what Java prints of an event.
    "jenkins-cdevents/pipelinerun.started.http-sink.txt": "refused: ",
}
"""What no source can take, and what is said of it."""

SETTINGS: Mapping[str, Mapping[str, str]] = {
    # By itself an issue of Sentry's is no incident.
    "sentry": {"STREAMGAUGE_SENTRY_INCIDENT_LEVELS": "error"},
}
"""What a folder needs to be told, so that anything comes of it."""

WALKS = [(folder, source) for folder, sources in SOURCES.items() for source in sources]

pytestmark = needs_shared


def transformed(source: str, file: str) -> Result:
    """Each file is a log of its own: many have the same made-up delivery id."""
    environ = SETTINGS.get(file.partition("/")[0], {})
    runner = CliRunner(env=dict(environ))
    return runner.invoke(transform, ["--source", source, str(PAYLOADS / file)])


def test_every_folder_has_its_row() -> None:
    folders = {path.name for path in Path(PAYLOADS).iterdir() if path.is_dir()}
    assert folders == set(SOURCES)
    assert set(REFUSED) <= set(files_of(*SOURCES))


def test_every_source_of_the_table_is_there(plugins: Plugins) -> None:
    there = {*plugins.receivers, NATIVE}
    assert [(folder, source) for folder, source in WALKS if source not in there] == []


@pytest.mark.parametrize(("folder", "source"), WALKS)
def test_every_payload_is_taken_and_gives_valid_cdevents(
    folder: str, source: str, plugins: Plugins
) -> None:
    if source not in {*plugins.receivers, NATIVE}:
        pytest.skip(f"there is no source {source}, which the test before says")
    files = [file for file in files_of(folder) if file not in REFUSED]
    if not files:
        pytest.skip("all that is there is refused")
    documents = []
    for file in files:
        done = transformed(source, file)
        assert (done.exit_code, done.stderr) == (0, ""), file
        documents += [json.loads(line) for line in done.stdout.splitlines()]
    for document in documents:
        validate(document)
    assert documents, "nothing came of a whole folder"


@pytest.mark.parametrize("file", REFUSED)
def test_what_no_source_can_take_is_refused_and_said(file: str, plugins: Plugins) -> None:
    for source in SOURCES[file.partition("/")[0]]:
        if source not in {*plugins.receivers, NATIVE}:
            pytest.skip(f"there is no source {source}")
        done = transformed(source, file)
        assert (done.exit_code, done.stdout) == (1, "")
        assert f"{file}: {REFUSED[file]}" in done.stderr
