"""Which images an Application has brought to be healthy, compared with those of before.

Argo CD notifies again when pods are replaced, when it heals drift, when it restarts, and for every
commit of a repository that many Applications share. None of these is a deployment: only another
image is, or, where there is no image, another revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from streamgauge import CDEvent
from streamgauge.sources import Deployments, Image
from streamgauge.sources.deployments import Done
from streamgauge.sources.fields import instant, stamp
from streamgauge_argo_cd.announce import Announcer
from streamgauge_argo_cd.memory import Memory, newest
from streamgauge_argo_cd.notice import Notice


def deployed(notice: Notice, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    """What a healthy Application, whose synchronisation has succeeded, tells anew; `memory` is
    brought up to date."""
    at = notice.finished
    last = instant(memory.finished)
    if at is None or (last is not None and at < last):
        return []  # sent before the newest one, and come after it
    # A revision that was told before the images of its pods were listed.
    known_by_revision = at == last and not memory.listed
    running = _running(notice, memory)
    identities = _identities(running, memory)
    main = _main(notice, identities)
    version = _version(notice, identities, main)
    made = []
    if version is not None and (identities or notice.changed_something()):
        done, memory.app = _change(notice, memory.app, version, at)
        if done is not None and not known_by_revision:
            made.append(announcer.deployed(done, running.get(main or ""), version))
    for repository, image in sorted(running.items()):
        told, memory.images[repository] = _change(
            notice, memory.images.get(repository, {}), image.identity, at
        )
        if told is not None and repository != main:
            made.append(announcer.image_deployed(told, repository, image))
    memory.finished = stamp(at)
    return made


def unsuccessful(notice: Notice, announcer: Announcer, memory: Memory) -> list[CDEvent]:
    """The attempt that has left the Application degraded, once.

    Nothing where it was healthy since, or where no new image was brought: then it degraded by
    itself. Whatever it was before we listened cannot be told.
    """
    at, last = notice.finished, instant(memory.finished)
    if at is None or last is None or at <= last or memory.attempted == stamp(at):
        return []
    new = [
        image
        for image in notice.images
        if image.identity not in memory.listed.get(str(image.repository), [])
    ]
    if not new:
        return []
    memory.attempted = stamp(at)
    return [announcer.failed(new[0] if len(new) == 1 else None, notice.health_since or at)]


def _change(
    notice: Notice, history: Mapping[str, object], version: str, at: datetime
) -> tuple[Done | None, Mapping[str, object]]:
    known = Deployments(history)
    if known.latest == version:
        return None, history
    done = known.add(at, version, f"{stamp(at)} {version}")
    # What ran before we listened is in the Application's own history.
    return ("rolledback" if done is not None and notice.is_back() else done), known.state()


def _running(notice: Notice, memory: Memory) -> dict[str, Image]:
    """The image that each repository is at.

    Pods of before are listed too, those of jobs for as long as the job is kept. So the one that
    was not listed before is it, else the one that this revision brought when it was there before,
    else the one that it was, else the newest of those that are left.
    """
    revision = " ".join(origin.revision for origin in notice.origins)
    brought = memory.brought.pop(revision, {})
    listed: dict[str, dict[str, Image]] = {}
    for image in notice.images:
        listed.setdefault(str(image.repository), {})[image.identity] = image
    running = {}
    for repository, images in listed.items():
        history = memory.images.get(repository, {})
        new = sorted(set(images) - set(memory.listed.get(repository, [])))
        latest = Deployments(history).latest
        if new:
            chosen = new[-1]
        elif brought.get(repository) in images:
            chosen = brought[repository]
        elif latest in images:
            chosen = str(latest)
        else:
            chosen = newest(history, images) or max(images)
        running[repository], brought[repository] = images[chosen], chosen
        memory.listed[repository] = sorted(images)
    if revision and brought:
        memory.brought[revision] = brought
    return running


def _identities(running: Mapping[str, Image], memory: Memory) -> dict[str, str]:
    """What each repository is at, those among them of which no pod is there just now."""
    known = {name: Deployments(history).latest for name, history in memory.images.items()}
    found = {name: latest for name, latest in known.items() if latest is not None}
    return found | {name: image.identity for name, image in running.items()}


def _main(notice: Notice, known: Mapping[str, str]) -> str | None:
    """The image that the Application is: the only one, or the one of its name."""
    if len(known) == 1:
        return next(iter(known))
    return next((each for each in sorted(known) if is_named(each, notice.name)), None)


def is_named(repository: str, name: str) -> bool:
    """Whether an image is called like the Application."""
    return repository.rpartition("/")[2] == name


def _version(notice: Notice, identities: Mapping[str, str], main: str | None) -> str | None:
    """What tells this state of the Application from another: its image, else all its images, and
    where it has none its revisions."""
    if main is not None:
        return identities[main]
    images = [identity for _, identity in sorted(identities.items())]
    return " ".join(images or [origin.revision for origin in notice.origins]) or None
