"""What comes of which event, by the samples of each source's tests: docs/reference/coverage.md."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from streamgauge import CDEvent, Event
from streamgauge.cdevents import kind_of
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.sources.captured import Case
from streamgauge.testing import SourceConformance
from tests.plugins.devlake import samples as devlake
from tests.plugins.github import samples as github
from tests.plugins.github.test_knative import FORWARDED

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "tests/plugins"

NONE_OF_THEM = {"cdevents"}
"""What takes events and is no source: native CDEvents pass as they are."""

INTRODUCTION = """\
# What comes of which event

What each source gives, by the samples of its tests: this page is made of them, and a test holds it
to them (`pytest tests/docs/test_coverage.py --golden=update` writes it). An event that is not here
is recorded and gives nothing, unless a [route](../stages/router.md#routes) of yours says otherwise.
Native CDEvents [pass as they are](../stages/gate.md).

- An event that *remembers* is compared with earlier ones, in the order of the log.
- *Nothing for* names the samples of an event that give nothing on purpose: they mean nothing to
  CDEvents, or repeat what another event says. *Some* are those that depend on what was before.

The page of a source says what makes the difference, and where times and names come from.
"""


class Sample(NamedTuple):
    """One event, and what it gives."""

    type: str
    kinds: list[str]
    name: str = ""
    """What it is called; nothing where what was before is part of it."""


@dataclass
class Shown:
    """What the samples show of one type of event."""

    kinds: set[str] = field(default_factory=set)
    nothing: set[str] = field(default_factory=set)

    def add(self, sample: Sample) -> None:
        """Take in what one event gave."""
        self.kinds.update(sample.kinds)
        if not sample.kinds:
            self.nothing.add(sample.name)


Coverage = Mapping[str, Mapping[str, Shown]]
"""Plugin to type to what is shown."""


def coverage() -> Coverage:
    """What the samples of all sources show."""
    found: dict[str, dict[str, Shown]] = defaultdict(lambda: defaultdict(Shown))
    for plugin, samples in _samples():
        for sample in samples:
            found[plugin][sample.type].add(sample)
    return found


def page(shown: Coverage, plugins: Plugins) -> str:
    """The page, in Markdown."""
    names = sorted(shown, key=lambda name: title(name).lower())
    lines = [INTRODUCTION, "| source | remembers | CDEvents |", "|---|---|---|"]
    for name in names:
        kinds = {kind for each in shown[name].values() for kind in each.kinds}
        remembers = any(_remembers(kind, plugins) for kind in shown[name])
        lines.append(_row(f"[{title(name)}](../plugins/{name}.md)", _yes(remembers), _coded(kinds)))
    for name in names:
        lines += ["", f"## {title(name)}", ""]
        lines += ["| event | remembers | CDEvents | nothing for |", "|---|---|---|---|"]
        for kind, each in sorted(shown[name].items()):
            remembers = _remembers(kind, plugins)
            lines.append(_row(f"`{kind}`", _yes(remembers), _coded(each.kinds), _nothing(each)))
        if unseen := unsampled(name, shown, plugins):
            lines += ["", f"Read too, without a sample: {_coded(unseen)}."]
    return "\n".join([*lines, ""])


def unsampled(name: str, shown: Coverage, plugins: Plugins) -> set[str]:
    """The routes that lead to a source and that no sample takes."""
    own = {each for each, (_, plugin) in plugins.transformers.items() if plugin.name == name}
    routes = {pattern for pattern, targets in plugins.routes().items() if own & set(targets)}
    return {
        pattern for pattern in routes if not any(_matches(pattern, kind) for kind in shown[name])
    }


def title(name: str) -> str:
    """What a source's page is called."""
    text = (ROOT / f"docs/plugins/{name}.md").read_text("utf-8")
    return text.splitlines()[0].removeprefix("# ").strip()


def _samples() -> Iterator[tuple[str, Iterable[Sample]]]:
    for suite in _suites():
        for case in suite.all_cases():
            yield suite.plugin or suite.source, _of_case(suite, case)
    yield "github", _of_github()
    yield "kubernetes", _of_kubernetes()
    yield "devlake", _of_devlake()


def _suites() -> Iterator[type[SourceConformance]]:
    for file in sorted(SOURCES.glob("*/test_*.py")):
        if "SourceConformance" not in file.read_text("utf-8"):
            continue
        module = import_module(f"tests.plugins.{file.parent.name}.{file.stem}")
        found = (each for each in vars(module).values() if isinstance(each, type))
        yield from (
            each
            for each in found
            if each.__module__ == module.__name__ and issubclass(each, SourceConformance)
        )


@cache
def _maker(suite: type[SourceConformance]) -> Callable[[], Offline]:
    """Plugins are loaded once for each source."""
    return suite.offline_maker()


def _of_case(suite: type[SourceConformance], case: Case) -> Iterator[Sample]:
    offline = _maker(suite)()
    alone = case.name if len(case.deliveries) == 1 else ""
    for delivery in case.deliveries:
        for event in offline.receive(suite.source, delivery):
            kinds = _kinds(offline.cdevents([event]))
            # One that gives something by itself has only said again what was known.
            if kinds or alone or not _maker(suite)().cdevents([event]):
                yield Sample(event.type, kinds, alone)


def _of_github() -> Iterator[Sample]:
    for name, (event, payload) in github.CASES.items():
        ways = [github.received] + [github.from_knative] * (event in FORWARDED)
        for way in ways:
            received = way(event, payload)
            yield Sample(received.get_type(), _kinds(github.transformed(received)), name)
    _, deployments = github.transformers(github.settings())
    for way in (github.received, github.from_knative):
        state = None
        for number, commit in enumerate((github.ONE, github.TWO, github.ONE), start=1):
            at = f"2026-03-0{number}T12:00:00Z"
            payload = github.deployment("success", number=number, commit=commit, at=at)
            received = way("deployment_status", payload)
            made, state = deployments.transform_with_state(received, state)
            yield Sample(received.get_type(), _kinds(made))


def _of_kubernetes() -> Iterator[Sample]:
    for file in sorted((SOURCES / "kubernetes/golden").glob("*.json")):
        for step in json.loads(file.read_bytes())["log"]:
            yield Sample(step["event"]["type"], _kinds(map(CDEvent, step["cdevents"])))


def _of_devlake() -> Iterator[Sample]:
    events = {name: devlake.received(*case) for name, case in devlake.CASES.items()}
    for name, event in events.items():
        yield Sample(event.type, _kinds(devlake.transformed([event])), name)
    reopened = devlake.received(
        f"{devlake.CONNECTION}/issues", devlake.issue(updatedDate="2026-03-03T10:00:00Z")
    )
    updated = devlake.received(
        f"{devlake.CONNECTION}/issues",
        devlake.issue(type="REQUIREMENT", updatedDate="2026-03-03T10:00:00Z"),
    )
    for before, event in (
        ("incident", events["issue-closed"]),
        ("ticket", events["issue-closed"]),
        ("incident-done", reopened),
        ("ticket", updated),
    ):
        yield Sample(event.type, _kinds_after([events[before]], event))


def _kinds_after(before: list[Event], event: Event) -> list[str]:
    """What an event gives when others were before it."""
    return _kinds(devlake.transformed([*before, event]))[len(devlake.transformed(before)) :]


def _kinds(events: Iterable[CDEvent]) -> list[str]:
    return [str(kind_of(event.type)) for event in events]


def _remembers(kind: str, plugins: Plugins) -> bool:
    routes = plugins.routes()
    # As the router chooses: the exact type, else the longest pattern.
    matching = sorted((each for each in routes if _matches(each, kind)), key=len)
    targets = routes.get(kind, routes[matching[-1]] if matching else [])
    return any(
        hasattr(plugins.transformers[each][0], "state_key")
        for each in targets
        if each in plugins.transformers
    )


def _matches(pattern: str, kind: str) -> bool:
    return pattern == kind or (pattern.endswith("*") and kind.startswith(pattern[:-1]))


def _nothing(shown: Shown) -> str:
    if not shown.kinds:
        return "all"
    named = sorted(name for name in shown.nothing if name)
    return ", ".join([*named, *(["some"] if "" in shown.nothing else [])])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _coded(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _yes(holds: bool) -> str:
    return "yes" if holds else ""
