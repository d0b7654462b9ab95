"""Deployments: what is one and what is two, whose they are, and of what code."""

from __future__ import annotations

from typing import Any

import pytest
from packageurl import PackageURL

from streamgauge.sources.repositories import Repository, artifact, repository_at

from .samples import CONNECTION, NAMED, ONE, PROJECT, TWO, commit, deployment, received, transformed

PATH = f"{CONNECTION}/deployments"


def told(*payloads: dict[str, Any], path: str = PATH, **settings: Any) -> list[Any]:
    return transformed([received(path, payload) for payload in payloads], **settings)


def test_a_failed_attempt_and_its_success_are_two() -> None:
    failed, worked = told(deployment(result="FAILURE"), deployment())
    assert failed.id != worked.id
    assert failed.type.startswith("dev.cdeventsx.streamgauge-deployment.failed.")
    assert worked.type.startswith("dev.cdevents.service.deployed.")


def test_one_id_in_two_environments_is_two() -> None:
    one, other = told(deployment(environment="STAGING"), deployment())
    assert one.id != other.id


@pytest.mark.parametrize(
    "change",
    [
        {"finishedDate": "2026-03-01T13:00:00Z"},
        {"deploymentCommits": [commit(sha=TWO)]},
        {"result": "success"},
        {"displayTitle": "Hats"},
    ],
)
def test_what_is_said_of_a_deployment_later_is_of_the_same_one(change: dict[str, Any]) -> None:
    assert len({event.id for event in told(deployment(), deployment(**change))}) == 1


@pytest.mark.parametrize("result", ["ABORT", "MANUAL", "", None, "anything"])
def test_only_success_and_failure_are_deployments(result: str | None) -> None:
    assert len(told(deployment(result=result))) == (not result)  # none said is success


@pytest.mark.parametrize(
    ("path", "settings", "service"),
    [
        (PATH, {}, "Acme/Shop"),
        (PATH, {"services": {"1": "shop"}}, "shop"),
        (PATH, {"services": {"2": "shop"}}, "Acme/Shop"),
        (f"{PROJECT}/deployments", {"services": {"Hats": "shop"}}, "Hats"),
        (f"{NAMED}/deployments", {}, "hat shop"),
        (f"{NAMED}/deployments", {"services": {"hat shop": "shop"}}, "shop"),
    ],
)
def test_the_service(path: str, settings: dict[str, Any], service: str) -> None:
    [event] = told(deployment(), path=path, **settings)
    assert event.subject_id == service


@pytest.mark.parametrize(
    ("commits", "service"),
    [
        ([], "connection-1"),
        ([commit("felt")], "connection-1"),
        ([commit(), commit(sha=TWO)], "Acme/Shop"),
        ([commit(), commit("https://github.com/Acme/Felt")], "connection-1"),
    ],
)
def test_the_service_of_a_bare_connection(commits: list[Any], service: str) -> None:
    [event] = told(deployment(deploymentCommits=commits))
    assert event.subject_id == service


def test_commits_of_one_deployment_said_twice_are_one() -> None:
    [event] = told(deployment(deploymentCommits=[commit(), commit(refName="other")]))
    assert event.custom_data["commit"] == ONE
    assert "commits" not in event.custom_data


def test_a_deployment_without_a_commit_is_one_too() -> None:
    [event] = told(deployment(deploymentCommits=None))
    assert event.content["artifactId"] == "pkg:generic/connection-1@deploy-7"
    assert not {"commit", "commits", "repository"} & set(event.custom_data)


def test_a_commit_that_failed_is_not_deployed_by_a_success() -> None:
    commits = [commit(), commit(sha=TWO, result="FAILURE")]
    worked, failed = (
        told(deployment(result=result, deploymentCommits=commits))[0].custom_data
        for result in ("SUCCESS", "FAILURE")
    )
    assert worked["commit"] == ONE
    assert [each["commit"] for each in failed["commits"]] == [ONE, TWO]


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/Acme/Shop",
        "https://github.com/Acme/Shop/",
        "https://GitHub.com/Acme/Shop.git",
        "https://robin:s3cret@github.com/Acme/Shop.git/",
        "https://x-access-token@github.com/Acme/Shop",
        "git@github.com:Acme/Shop.git",
        "ssh://git@github.com:22/Acme/Shop.git",
        "git://github.com/Acme/Shop",
    ],
)
def test_a_repository_is_the_same_however_it_is_cloned(address: str) -> None:
    repository = repository_at(address)
    assert repository == Repository("https://github.com/Acme/Shop", "Acme/Shop")
    assert repository.artifact(ONE) == PackageURL("github", "acme", "shop", ONE).to_string()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://g.example:8443/a/b/c.git", Repository("https://g.example:8443/a/b/c", "a/b/c")),
        ("http://g.example/a%20b", Repository("http://g.example/a%20b", "a%20b")),
        ("felt", Repository("felt", None)),
        ("https://g.example/", Repository("https://g.example/", None)),
        ("https://g.example/.git", Repository("https://g.example/.git", None)),
        ("https://a:b@g.example/c d", Repository("https://g.example/c d", None)),
        ("ftp://a:b@g.example/c", Repository("ftp://g.example/c", None)),
    ],
)
def test_any_text_names_a_repository_and_no_login_is_kept(text: str, expected: Repository) -> None:
    assert repository_at(text) == expected


@pytest.mark.parametrize(
    ("name", "version"), [("hats/web", "1 2"), ("/felt/", "a/b@c"), ("é", "1")]
)
def test_artifacts_are_written_as_package_urls_are(name: str, version: str) -> None:
    group, _, last = name.strip("/").rpartition("/")
    assert PackageURL.from_string(artifact(name, version)) == PackageURL(
        "generic", group or None, last, version
    )
