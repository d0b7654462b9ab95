"""A git server without a forge: what is pushed is told by its hook, and shows in the metrics."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.producers.programs import program
from tests.producers.repositories import HOOK, Repository
from tests.producers.telling import ask, cdevents, nothing_is_parked, now, tell
from tests.service import Service, eventually

NOBODY = "http://127.0.0.1:1"  # a port that nobody listens on


@pytest.fixture
def repository(service: Service, tmp_path: Path) -> Repository:
    return made(tmp_path, f"http://127.0.0.1:{service.port}")


def made(folder: Path, url: str, **environ: str) -> Repository:
    program("git", by="apt-get install git")
    program("curl", by="apt-get install curl")
    return Repository.made(folder, url, environ)


def pushes(service: Service, repository: Repository) -> list[Any]:
    """What the hook has told, the oldest first, when it has told all."""
    eventually(repository.is_idle)
    return [
        event["subject"]["content"]
        for event in cdevents(service, "commits.pushed")
        if event["customData"]["repository"] == repository.address
    ]


def ids(push: Any) -> list[str]:
    return [commit["id"] for commit in push["commits"]]


def deploy(service: Service, repository: Repository, commit: str, at: Any) -> None:
    tell(
        service,
        "deployment",
        id=commit[:12],
        service=repository.address,
        repository=repository.address,
        commit=commit,
        time=at.isoformat(),
    )


def lead_time(service: Service, repository: Repository) -> tuple[float | None, int]:
    answer = ask(service, "change_lead_time", service=repository.address)
    return answer["value"], answer["n"]


def test_a_push_and_its_deployment_change_the_lead_time(
    service: Service, repository: Repository
) -> None:
    at = now()
    first = repository.commit("README", at=at - timedelta(days=9))
    repository.push()
    assert len(pushes(service, repository)) == 1
    deploy(service, repository, first, at - timedelta(hours=5))
    assert lead_time(service, repository) == (None, 0)

    change = repository.commit("web/index.html", author="Bea", at=at - timedelta(hours=3))
    repository.push()
    assert len(pushes(service, repository)) == 2
    deploy(service, repository, change, at)
    assert lead_time(service, repository) == (3 * 3600.0, 1)

    items = service.get("/v1/changes", service=repository.address).json["items"]
    [found] = [item for item in items if item["commit"] == change]
    assert (found["kind"], found["branch"], found["author"]) == ("commit", "main", "Bea")
    [link] = found["deployments"]
    assert (link["rule"], link["left_out"]) == ("commit", None)
    assert nothing_is_parked(service)


def test_new_branches_deletions_tags_and_forced_pushes(
    service: Service, repository: Repository
) -> None:
    base = repository.commit("a")
    repository.push()
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit("b")
    repository.git("tag", "v1")
    repository.push("side", "v1")
    repository.git("commit", "-q", "--amend", "-m", "Other", **WHO)
    other = repository.head()
    repository.push("--force", "side")
    repository.push(":side")
    found = {(push["branch"], push["after"]): push for push in pushes(service, repository)}
    assert set(found) == {("main", base), ("side", side), ("side", other)}
    assert ids(found["main", base]) == [base]
    assert ids(found["side", side]) == [side]  # what main has is not news
    assert "before" not in found["side", side]
    forced = found["side", other]
    assert (forced["before"], forced["forced"], ids(forced)) == (side, True, [other])


WHO = {
    f"GIT_{who}_{what}": "a@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def test_a_merge_is_told_as_one_and_addresses_are_not_told(
    service: Service, repository: Repository
) -> None:
    base = repository.commit("a")
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit("deep/down/b", author="carl@example.com")
    repository.git("checkout", "-q", "main")
    here = repository.commit("c")
    repository.git("merge", "-q", "--no-ff", "-m", "Put together", "side", **WHO)
    repository.push()
    [push] = pushes(service, repository)
    assert ids(push)[0] == base
    assert ids(push)[-1] == repository.head()
    told = {commit["id"]: commit for commit in push["commits"]}
    assert {each: commit["merge"] for each, commit in told.items()} == {
        base: False, side: False, here: False, repository.head(): True,
    }  # fmt: skip
    assert (told[side].get("author"), told[side]["directories"]) == (None, ["deep/down"])


HOSTILE = "q\"uo'te\\back `id` $(id) %s \t\r\x01\x7f ünï 日本 🚀"


@pytest.mark.parametrize("awk", ["mawk", "gawk", "busybox"])
def test_hostile_names_arrive_as_they_are(service: Service, tmp_path: Path, awk: str) -> None:
    chosen = tmp_path / "bin"
    chosen.mkdir()
    (chosen / "awk").symlink_to(program(awk, by=f"apt-get install {awk}"))
    url, path = f"http://127.0.0.1:{service.port}", f"{chosen}:{os.environ['PATH']}"
    repository = made(tmp_path, url, PATH=path)
    branch = 'fix/"quo\'te";$(id)-ünï-日本-🚀'
    repository.git("checkout", "-q", "-b", branch)
    repository.commit(f"{HOSTILE}/new\nline/file", author=HOSTILE, message=f"{HOSTILE}\n\n\x01\n")
    repository.commit(b"l\xe4tin/file", author=b"J\xfcrgen", message=b"\xff\n\n\x01a|b")
    repository.commit("r\u00f6\u00f6t", author="Eve|1970|x", at="@99999999999999 +0000")
    repository.push("HEAD")
    [push] = pushes(service, repository)
    assert push["branch"] == branch
    first, second, third = push["commits"]
    assert (first["author"], first["directories"]) == (HOSTILE, [f"{HOSTILE}/new\nline"])
    assert (second["author"], second["directories"]) == ("Jürgen", ["l\ufffdtin"])
    assert (third["author"], third["directories"]) == ("Eve|1970|x", [""])
    assert nothing_is_parked(service)


def test_a_very_long_push_is_told_in_parts_and_all_of_it_ships(
    service: Service, repository: Repository
) -> None:
    base = repository.commit("a", at=now() - timedelta(days=2))
    repository.push()
    pushes(service, repository)
    deploy(service, repository, base, now() - timedelta(hours=1))
    count = 2_600
    last = many_commits(repository, count)
    repository.push()
    _, *parts = pushes(service, repository)
    assert [len(part["commits"]) for part in parts] == [1000, 1000, 600]
    assert [part["before"] for part in parts] == [base, *(part["after"] for part in parts[:-1])]
    assert parts[-1]["after"] == last
    told = [each for part in parts for each in ids(part)]
    wanted = repository.git("rev-list", "--reverse", f"{base}..main").split()
    assert told == wanted
    deploy(service, repository, told[len(told) // 2], now())
    assert lead_time(service, repository)[1] == count // 2 + 1
    deploy(service, repository, last, now() + timedelta(seconds=1))
    assert lead_time(service, repository)[1] == count


def many_commits(repository: Repository, count: int) -> str:
    """Upon the branch main; the id of the last."""
    at = int(now().timestamp()) - 86_400
    stream = "".join(
        "commit refs/heads/main\n"
        f"author Ann <a@example.com> {at + number} +0000\n"
        f"committer Ann <a@example.com> {at + number} +0000\n"
        "data 1\nx\n"
        + ("from refs/heads/main^0\n" if number == 0 else "")
        + f"M 644 inline some/folder/of/the/service/number-{number % 100}/file\n"
        f"data {len(str(number))}\n{number}\n"
        for number in range(count)
    )
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=repository.work,
        env={**os.environ, **repository.environ},
        input=stream.encode(),
        check=True,
    )
    return repository.git("rev-parse", "main").strip()


def test_a_commit_that_moves_everything_is_told_by_two_levels(
    service: Service, repository: Repository
) -> None:
    for number in range(301):
        file = repository.work / f"top/number-{number % 7}/{number}/file"
        file.parent.mkdir(parents=True)
        file.write_text("x")
    repository.commit("file")
    repository.push()
    [push] = pushes(service, repository)
    [commit] = push["commits"]
    assert sorted(commit["directories"]) == ["", *(f"top/number-{number}" for number in range(7))]


def test_no_part_is_much_larger_than_a_megabyte(tmp_path: Path) -> None:
    repository = made(tmp_path, NOBODY)
    count, folder = 20, "long" * 60
    for number in range(250):
        (repository.work / f"{folder}{number}").mkdir()
    for _ in range(count):
        for number in range(250):
            with (repository.work / f"{folder}{number}/file").open("a") as file:
                file.write("x")
        repository.commit("file")
    repository.push()
    parts = repository.waiting()
    assert [part["after"] for part in parts[:-1]] == [part["before"] for part in parts[1:]]
    assert sum(len(part["commits"]) for part in parts) == count
    sizes = [file.stat().st_size for file in repository.spool.glob("*.json")]
    assert len(sizes) == 2
    assert max(sizes) < 1_001_000


def test_those_who_share_a_repository_share_what_waits(tmp_path: Path) -> None:
    repository = made(tmp_path, NOBODY)
    repository.commit("a")
    repository.push()
    assert len(repository.waiting()) == 1
    [file] = repository.spool.glob("*.json")
    assert repository.spool.stat().st_mode & 0o777 == 0o770
    assert file.stat().st_mode & 0o777 == 0o660


def test_what_could_not_be_delivered_goes_with_the_next_push(
    service: Service, tmp_path: Path
) -> None:
    repository = made(tmp_path, NOBODY)
    first = repository.commit("a")
    repository.push()
    [waiting] = repository.waiting()
    assert "waits for the next push" in errors(repository)
    assert (waiting["after"], waiting["branch"]) == (first, "main")
    repository.git(
        "config", "streamgauge.url", f"http://127.0.0.1:{service.port}", at=repository.bare
    )
    second = repository.commit("a")
    repository.push()
    told = pushes(service, repository)
    assert {push["after"] for push in told} == {first, second}


def errors(repository: Repository) -> str:
    return (repository.spool / "errors.log").read_text()


def test_a_wrong_secret_is_told_in_the_log_and_nothing_is_lost(
    service: Service, repository: Repository
) -> None:
    repository.git("config", "streamgauge.secret", "guessed", at=repository.bare)
    repository.commit("a")
    repository.push()
    assert len(repository.waiting()) == 1
    assert " 403" in errors(repository)
    assert "guessed" not in errors(repository)


def test_what_is_refused_for_good_does_not_hold_up_the_rest(
    service: Service, repository: Repository
) -> None:
    repository.spool.mkdir()
    (repository.spool / "0.json").write_text('{"kind": "push"}')
    repository.commit("a")
    repository.push()
    assert repository.waiting() == []
    assert (repository.spool / "0.json.refused").exists()
    assert '"where":"/repository"' in errors(repository)


def test_a_push_does_not_wait_for_a_service_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        repository = made(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")
        repository.commit("a")
        repository.push()
        # It has ended, and only now does anybody take the request, which is never answered.
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(1) == b"P"
        assert repository.git("rev-parse", "main", at=repository.bare) == repository.git(
            "rev-parse", "main"
        )


@pytest.mark.parametrize("missing", ["url", "secret", "repository"])
def test_without_its_settings_it_says_so_and_the_push_succeeds(
    tmp_path: Path, missing: str
) -> None:
    repository = made(tmp_path, NOBODY)
    repository.git("config", "--unset", f"streamgauge.{missing}", at=repository.bare)
    repository.commit("a")
    assert f"streamgauge.{missing} is not set; nothing is told" in repository.push()


@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix"])
def test_the_hook_is_plain_sh(shell: str) -> None:
    name, *rest = shell.split()
    command = [program(name, by=f"apt-get install {name}"), *rest, "-n", str(HOOK)]
    assert subprocess.run(command, check=True).returncode == 0
