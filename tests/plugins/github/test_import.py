"""`streamgauge import github`: what is asked for, what is said, and what becomes of trouble."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from streamgauge.importing import Recording
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_github.history.api import Api
from streamgauge_github.history.errors import GithubError, LimitReached
from streamgauge_github.history.everything import read_everything
from streamgauge_github.history.found import Found
from streamgauge_github.history.reader import Reader, Source
from streamgauge_github.options import Options, options_of
from tests.cli.test_cli import Run, run
from tests.helpers import rows

from .fake_api import FakeGithub
from .history import START, History, invented
from .test_import_numbers import EARLY

TOKEN = "ghp_0123456789abcdefghij"


@pytest.fixture
def github() -> Iterator[FakeGithub]:
    with FakeGithub(invented(16)).running() as fake:
        yield fake


def command(
    fake: FakeGithub, url: str, *more: str, environ: Mapping[str, str] | None = None
) -> Run:
    given = {"GITHUB_TOKEN": "", "GH_TOKEN": "", "GITHUB_API_URL": fake.url, **(environ or {})}
    return run(
        "import", "github", "acme/shop" if not more else more[0], "--since", "2025-12-01",
        *more[1:], url=url, environ=given,
    )  # fmt: skip


def reading(
    fake: FakeGithub,
    database: Database,
    said: list[str] | None = None,
    options: Options | None = None,
) -> tuple[Found, int]:
    """What the command does, here."""
    recording = Recording(CloudEventsLog(database))
    say = print if said is None else said.append
    told = options or options_of(Settings.load({}))
    with Api(fake.url, fake.token, say) as api:
        reader = Reader(Source(api, recording, told, EARLY, lambda *_: None), "Acme/Shop")
        read_everything(reader)
    return reader.found, recording.new


def recorded(database: Database) -> set[Any]:
    return {key for (key,) in rows(database, "select originator_id from cloudevents_events")}


def test_what_was_found_is_said_and_what_is_missing(github: FakeGithub, database_url: str) -> None:
    done = command(github, database_url)
    assert done.code == 0, done.err
    history = github.history
    assert done.out.startswith("Acme/Shop: ")
    assert f" pushes to main; {len(history.pulls)} pull requests" in done.out
    assert f"{len(history.deployments)} deployments (production" in done.out
    again = command(github, database_url, "Acme/Shop", "--json")
    found = again.json["repositories"]["Acme/Shop"]["found"]
    assert (again.code, again.json["new_events"], again.json["failed"]) == (0, 0, [])
    assert found["incidents"] == len(history.issues)
    assert found["releases"] == len(history.releases)
    assert found["merged"] == sum(each["merged_at"] is not None for each in history.pulls)


def test_a_second_run_asks_for_the_lists_alone_and_adds_nothing(
    github: FakeGithub, database: Database
) -> None:
    _, new = reading(github, database)
    assert new > 20
    github.requests.clear()
    assert reading(github, database)[1] == 0
    asked = {path.partition("?")[0].removeprefix("/repos/Acme/Shop") for path in github.requests}
    assert asked == {
        "", "/commits", "/activity", "/pulls", "/deployments", "/releases", "/issues",
    }  # fmt: skip


def test_what_has_changed_is_read_again_and_is_another_event(
    github: FakeGithub, database: Database
) -> None:
    reading(github, database)
    pull = next(each for each in github.history.pulls if each["merged_at"])
    pull |= {"title": "Caps", "updated_at": "2026-03-30T00:00:00Z"}
    github.requests.clear()
    assert reading(github, database)[1] == 3  # opened, reviewed and closed under the new title
    asked = [path for path in github.requests if f"/pulls/{pull['number']}/" in path]
    assert len(asked) == 2
    assert not [path for path in github.requests if "/statuses" in path]


def test_an_import_that_was_cut_short_goes_on_where_it_was(
    github: FakeGithub, database: Database
) -> None:
    last = github.history.pulls[-1]["number"]
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3000)}
    github.refusals[f"/pulls/{last}/"] = (403, limit, {"message": "API rate limit exceeded"})
    with pytest.raises(LimitReached, match="GITHUB_TOKEN"):
        reading(github, database)
    part = recorded(database)
    github.refusals.clear()
    github.requests.clear()
    _, new = reading(github, database)
    assert part < recorded(database)
    assert new == len(recorded(database)) - len(part)
    assert {path.partition("?")[0] for path in github.requests if "/pulls/" in path} == {
        f"/repos/Acme/Shop/pulls/{last}/{what}" for what in ("reviews", "commits")
    }


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (502, {}),
        (429, {"retry-after": "1"}),
        (403, {"retry-after": "1"}),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}),
    ],
    ids=["502", "429", "secondary", "limit"],
)
def test_a_server_in_trouble_is_asked_again_when_it_says(
    github: FakeGithub, database: Database, status: int, headers: Mapping[str, str]
) -> None:
    github.trouble += [(status, headers, {"message": "later"})] * 2
    _, new = reading(github, database)
    assert new > 20


def test_waiting_is_said(github: FakeGithub, database: Database) -> None:
    github.token = TOKEN
    github.trouble.append((429, {"retry-after": "2"}, {"message": "slowly"}))
    said: list[str] = []
    reading(github, database, said)
    assert len(said) == 1
    assert "going on at" in said[0]
    assert github.authorizations == {f"Bearer {TOKEN}"}


def test_a_token_is_sent_and_never_shown_or_kept(
    github: FakeGithub, database: Database, database_url: str
) -> None:
    github.token = TOKEN
    done = command(github, database_url, environ={"GITHUB_TOKEN": f" {TOKEN}\n"})
    assert done.code == 0, done.err
    assert github.authorizations == {f"Bearer {TOKEN}"}
    wrong = command(github, database_url, environ={"GITHUB_TOKEN": f"{TOKEN}\u00e9"})
    assert wrong.code == 2
    github.trouble.append((401, {}, {"message": "Bad credentials"}))
    refused = command(github, database_url, environ={"GH_TOKEN": TOKEN})
    assert (refused.code, "refuses the token" in refused.err) == (1, True)
    for each in (done, wrong, refused):
        assert TOKEN not in each.out + each.err
    kept = rows(database, "select count(*) from cloudevents_events where state like %s",
                f"%{TOKEN}%".encode())  # fmt: skip
    assert kept == [(0,)]


def test_what_is_not_there_or_may_not_be_seen_is_said_and_the_others_are_read(
    github: FakeGithub, database_url: str
) -> None:
    done = command(github, database_url, "Acme/Nothing", "Acme/Shop")
    assert done.code == 1
    assert "there is no repository Acme/Nothing, or the token may not see it" in done.err
    assert done.out.startswith("Acme/Shop: ")


def test_a_part_that_may_not_be_read_is_named_and_the_rest_is_read(
    github: FakeGithub, database_url: str
) -> None:
    github.refusals["/issues"] = (410, {}, {"message": "Issues are disabled for this repo"})
    needed = {"x-accepted-github-permissions": "deployments=read"}
    github.refusals["/deployments"] = (403, needed, {"message": "Resource not accessible"})
    done = command(github, database_url, "Acme/Shop", "--json")
    told = done.json["repositories"]["Acme/Shop"]
    assert done.code == 1
    assert told["found"]["pull_requests"] == len(github.history.pulls)
    missing = "\n".join(told["missing"])
    assert "incidents: /repos/Acme/Shop/issues is not there" in missing
    assert "Issues are disabled" in missing
    assert "the token needs the permission deployments=read" in missing


def test_a_repository_that_has_moved_is_followed_on_the_same_host_only(
    github: FakeGithub, database: Database
) -> None:
    moved = {"location": f"{github.url}/repos/Acme/Shop"}
    github.trouble.append((301, moved, {"message": "Moved Permanently"}))
    assert reading(github, database)[0].repository == "Acme/Shop"
    github.trouble.append((301, {"location": "https://evil.example/repos/Acme/Shop"}, {}))
    with pytest.raises(GithubError, match=r"another host, evil\.example"):
        reading(github, database)


def test_an_answer_that_is_no_json_names_the_address_of_the_api(
    github: FakeGithub, database: Database
) -> None:
    github.trouble.append((200, {}, b"<html>"))
    with pytest.raises(GithubError, match="/api/v3"):
        reading(github, database)


def test_an_empty_repository_says_so(database: Database) -> None:
    empty = (409, {}, {"message": "Git Repository is empty."})
    with FakeGithub(History(), refusals={"/commits": empty}).running() as fake:
        found, new = reading(fake, database)
    assert new == 0
    assert "Git Repository is empty" in found.not_read[0]


def missing_of(history: History, database: Database, **options: Any) -> str:
    told = Options(**options)
    with FakeGithub(history).running() as fake:
        found, _ = reading(fake, database, options=told)
    return "\n".join(found.missing(told))


def test_without_deployments_it_is_said_what_may_stand_for_them(database: Database) -> None:
    history = History()
    history.run(history.release(history.direct(START), "v1"), "success")
    said = missing_of(history, database)
    assert "deployment_releases = true (it has 1 releases)" in said
    assert 'deployment_workflows = ["ci.yml"] (it has ci.yml, deploy.yml)' in said
    assert "replay --from cloudevents" in said
    assert "no metric" not in missing_of(history, database, deployment_releases=True)
    assert "no metric" not in missing_of(history, database, deployment_workflows=("Ship",))
    assert "Nor has a workflow" in missing_of(history, database, deployment_workflows=("x.yml",))


def test_deployments_to_other_environments_and_no_incidents_are_said(database: Database) -> None:
    history = History()
    history.deploy(history.direct(START), environment="github-pages")
    said = missing_of(history, database)
    assert "none of these environments is: github-pages" in said
    assert "no issue has an incident label (incident)" in said
    history.deploy(START, environment="shop-prod/eu")
    assert "environments" not in missing_of(history, database)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop"], "is no OWNER/REPO"),
        (["Acme/Shop", "--since", "yesterday"], "neither a date"),
        (["Acme/Shop", "--api", "http://github.example"], "must begin with https://"),
        (["Acme/Shop", "--api", "github.example"], "must be an address"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, database_url: str) -> None:
    done = run("import", "github", *arguments, url=database_url)
    assert done.code == 2
    assert said in done.err.replace("\n", " ")


def test_a_page_s_address_names_a_repository_too(github: FakeGithub, database_url: str) -> None:
    done = command(github, database_url, "https://github.com/Acme/Shop.git")
    assert done.code == 0, done.err
