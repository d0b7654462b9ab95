"""One event of a build: what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from streamgauge import CloudEvent
from streamgauge.sources import Repository, Told, repository_at
from streamgauge.sources.fields import ident, instant, mapping, sha, text, url, whole, word
from streamgauge_jenkins.options import Options

DONE: Final = {
    "org.jenkinsci.job.started": "started",
    # One build ends with all of these: when its steps are done, when all of it is written down, and
    # once more if it failed. Which are sent is chosen in Jenkins.
    "org.jenkinsci.job.completed": "finished",
    "org.jenkinsci.job.finalized": "finished",
    "org.jenkinsci.job.finalzed": "finished",  # so in the plugin's own documentation
    "org.jenkinsci.job.failed": "finished",
}
_OUTCOMES = {
    "success": "success",
    "failure": "failure",
    "failed": "failure",
    "unstable": "failure",
    "aborted": "cancel",
}


@dataclass(frozen=True, slots=True)
class Build:
    """A build, and whether it has started or finished."""

    done: str
    root: str
    """The address of the Jenkins."""
    path: str
    """Where its job is, from there: ``job/team/job/shop``."""
    number: str
    data: Mapping[str, Any]
    told: Told
    at: datetime | None

    @property
    def job(self) -> str:
        """The job's full name, with the folders that it is in: ``team/shop``."""
        return "/".join(unquote(part) for part in self.path.split("/")[1::2]) or self.path

    @property
    def address(self) -> str:
        """Its page."""
        return f"{self.root}/{self.path}/{self.number}/"

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells it from all others. A job that is made anew counts from one again, but its
        builds never waited in the same place of the queue."""
        return ("jenkins", self.address, ident(self.data, "queueId") or "")

    @property
    def result(self) -> str:
        """How it ended, in Jenkins' word, in lower case; ``""`` while it runs."""
        return word(self.data, "status")

    @property
    def outcome(self) -> str | None:
        """The same in CDEvents' words; None for a build that was left out."""
        return _OUTCOMES.get(self.result)

    @property
    def began(self) -> datetime | None:
        """When it began, of a build that has ended."""
        lasted = whole(self.data, "duration")
        if self.at is None or lasted is None or not 0 < lasted < 10**12:
            return None
        return self.at - timedelta(milliseconds=lasted)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was asked to do."""
        return mapping(self.data, "parameters")

    @property
    def commit(self) -> str | None:
        """The commit that was checked out."""
        return sha(self.data, "scmState", "commit")

    @property
    def repository(self) -> Repository | None:
        """Where it was checked out from."""
        address = text(self.data, "scmState", "url")
        return None if address is None else repository_at(address.strip())

    @property
    def branch(self) -> str | None:
        """The branch, without the name that git gave the remote."""
        branch = text(self.data, "scmState", "branch")
        return None if branch is None else branch.removeprefix("origin/")


def build_of(event: CloudEvent, options: Options) -> Build | None:
    """The build in an event; None for what is none, or cannot be addressed."""
    data = event.get_data()
    build, done = mapping(data, "build"), DONE.get(event.get_type())
    number, job = ident(build, "number"), text(data, "url")
    if done is None or number is None or job is None:
        return None
    root = _root(event, text(build, "fullUrl"), options)
    path = job.strip("/ ")
    if url(f"{root}/{path}/{number}/") is None:
        return None
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    told = Told(f"{root}/{path}/", time)
    return Build(done, root, path, number, build, told, instant(build, "timestamp", unit="ms"))


def _root(event: CloudEvent, page: str | None, options: Options) -> str:
    """The address of the Jenkins: what the sink's address said goes first, for it was chosen."""
    chosen = url(event.get_extension("instance"))
    if chosen is not None:
        return chosen.rstrip("/")
    root, job, _ = (page or "").partition("/job/")
    return root if job else options.instance
