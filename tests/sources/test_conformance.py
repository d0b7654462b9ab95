"""The conformance suite lets a good source pass, and catches each thing that one can do wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from streamgauge.plugins import GROUP
from streamgauge.testing import SourceConformance

pytest_plugins = ["pytester"]

ROCKETS = Path(__file__).parent / "rockets/rockets.py"
PAYLOAD = {"mission": 42, "service": "shop", "at": "2026-03-01T12:30:00Z"}

GOLDEN = "test_each_case_gives_what_its_golden_file_holds"
IDS = "test_ids_do_not_hang_on_the_delivery"
SAME = "test_a_delivery_is_the_same_events_whenever_it_comes"
PURE = "test_it_is_deterministic_and_pure"
REFUSED = "test_no_secret_means_refused"
ANY = "test_it_survives_any_json"
NUL = "test_it_survives_a_nul_in_any_text"
HEADERS = "test_it_survives_any_headers"
FAST = "test_it_is_fast_enough"
LEFT_OVER = "test_no_golden_file_is_left_over"

EVERY = {name for name in vars(SourceConformance) if name.startswith("test_")}

CAUGHT: dict[str, set[str]] = {
    "good": set(),
    "raises": {ANY},
    "takes_any_text": {ANY, NUL},
    "gives_no_cdevent": EVERY - {LEFT_OVER, SAME, REFUSED},
    "gives_invalid": EVERY - {LEFT_OVER, SAME, REFUSED},
    "makes_up_ids": {GOLDEN, IDS, PURE},
    "reads_the_clock": {GOLDEN, PURE},
    "remembers": {IDS, PURE},
    "names_the_delivery": {IDS},
    "asks_the_network": {PURE},
    "runs_a_program": {PURE},
    "looks_up_a_name": {PURE},
    "writes_a_file": {PURE},
    "says_the_day": {PURE},
    "says_the_time": {PURE},
    "asks_the_environment": {PURE},
    "asks_who_runs_it": {PURE},
    "is_in_its_own_zone": {PURE},
    "hangs_on_hashes": {GOLDEN, PURE},
    "gives_nothing_twice": {PURE},
    "tells_the_first": {PURE},
    "raises_at_the_door": {ANY},
    "notes_when_it_came": {SAME},
    "makes_up_events": {SAME},
    "needs_its_header": {HEADERS},
    "takes_from_anybody": {REFUSED},
}
"""What a source does, and the tests of the suite that fail for it."""


GOES_OUTSIDE = ("asks_the_network", "runs_a_program", "looks_up_a_name", "writes_a_file")

QUICKLY = """
from hypothesis import Phase, settings
settings.register_profile("quickly", phases=[Phase.explicit, Phase.generate])
settings.load_profile("quickly")
"""
"""A failure is enough; the smallest one would take as long as all the rest."""


def install(pytester: pytest.Pytester, *sources: str) -> None:
    """Each source as a plugin, with one case, and its class of tests."""
    pytester.makeconftest(QUICKLY)
    pytester.makepyfile(rockets=ROCKETS.read_text("utf-8"))
    tests = ["from pathlib import Path", "from streamgauge.testing import SourceConformance"]
    for name in sources:
        pytester.makepyfile(
            **{f"plugin_{name}": f"import rockets\nglobals().update(rockets.plugin({name!r}))"}
        )
        folder = pytester.mkdir(f"cases_{name}")
        (folder / "landed.json").write_text(json.dumps(PAYLOAD))
        (folder / "landed.headers.json").write_text(
            json.dumps({"Content-Type": "application/json", "X-Rocket-Id": "d-1"})
        )
        tests += [
            f"class Test_{name}(SourceConformance):",
            f"    source = {name!r}",
            f"    cases = Path(__file__).parent / 'cases_{name}'",
        ]
    pytester.makepyfile(test_rockets="\n".join(tests))
    installed = pytester.mkdir("rockets-1.0.dist-info")
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: rockets\nVersion: 1.0\n")
    lines = "".join(f"{name} = plugin_{name}\n" for name in sources)
    (installed / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")


def failed(pytester: pytest.Pytester, *options: str) -> set[tuple[str, str]]:
    """The source and the test, of all that fail; and that no test was an error."""
    done = pytester.runpytest_subprocess("-rfE", "-p", "no:cacheprovider", *options)
    assert "errors" not in done.parseoutcomes()
    text = done.stdout.str()
    return set(re.findall(r"^FAILED test_rockets\.py::Test_(\w+)::(\w+)", text, re.MULTILINE))


@pytest.mark.slow
def test_each_wrong_is_caught_by_the_tests_that_are_meant_to(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)  # with one, no run differs from another
    install(pytester, *CAUGHT)
    failed(pytester, "--golden=update", "-k", GOLDEN)
    found = failed(pytester)
    found -= {(name, FAST) for name in GOES_OUTSIDE}  # it may take as long as that
    assert {name: {test for source, test in found if source == name} for name in CAUGHT} == CAUGHT


def test_what_takes_long_is_caught(pytester: pytest.Pytester) -> None:
    install(pytester, "good", "takes_long")
    assert failed(pytester, "-k", FAST) == {("takes_long", FAST)}


def test_every_source_of_the_example_is_tried() -> None:
    found = re.findall(r"^def (\w+)\(event: CloudEvent\)", ROCKETS.read_text("utf-8"), re.M)
    found += re.findall(r'"(\w+)": [A-Z]\w+(?=[,}])', ROCKETS.read_text("utf-8"))
    assert {"good", "tells_the_first"} <= set(found) <= {*CAUGHT, "takes_long"}


def test_a_case_without_a_golden_file_and_a_golden_file_without_a_case_fail(
    pytester: pytest.Pytester,
) -> None:
    install(pytester, "good")
    both = ("-k", f"{GOLDEN} or {LEFT_OVER}")
    assert failed(pytester, *both) == {("good", GOLDEN)}
    (pytester.path / "cases_good/gone.cdevents.json").write_text("[]\n")
    assert failed(pytester, *both, "--golden=update") == {("good", LEFT_OVER)}


def test_without_a_case_nothing_is_shown(pytester: pytest.Pytester) -> None:
    install(pytester, "good")
    for file in (pytester.path / "cases_good").iterdir():
        file.unlink()
    assert {test for _, test in failed(pytester)} == EVERY


@pytest.mark.parametrize("batched", [False, True])
def test_ids_that_hang_on_a_structured_cloudevents_own_are_caught(
    pytester: pytest.Pytester, batched: bool
) -> None:
    sources = ("good", "names_the_delivery")
    install(pytester, *sources)
    for name in sources:
        sent = {
            "specversion": "1.0",
            "id": "d-1",
            "source": "https://rocket.example",
            "type": f"com.rocket.{name}",
            "time": PAYLOAD["at"],
            "data": PAYLOAD,
        }
        kind = "application/cloudevents-batch+json" if batched else "application/cloudevents+json"
        folder = pytester.path / f"cases_{name}"
        (folder / "landed.json").write_text(json.dumps([sent] if batched else sent))
        (folder / "landed.headers.json").write_text(json.dumps({"Content-Type": kind}))
    tests = pytester.path / "test_rockets.py"
    tests.write_text(
        re.sub(r"source = ('\w+')", r"source = 'cloudevents'; plugin = \1", tests.read_text())
    )
    assert failed(pytester, "-k", IDS) == {("names_the_delivery", IDS)}


def test_a_case_without_the_id_of_a_delivery_shows_nothing_unless_the_tool_sends_none(
    pytester: pytest.Pytester,
) -> None:
    install(pytester, "good")
    (pytester.path / "cases_good/landed.headers.json").unlink()
    tests = pytester.path / "test_rockets.py"
    assert failed(pytester, "-k", IDS) == {("good", IDS)}
    tests.write_text(tests.read_text() + "\n    no_delivery_id = True\n")
    assert failed(pytester, "-k", IDS) == set()


def test_a_source_may_say_that_each_delivery_of_a_case_is_new(pytester: pytest.Pytester) -> None:
    install(pytester, "notes_when_it_came", "good")
    tests = pytester.path / "test_rockets.py"
    lines = tests.read_text().replace(
        "SourceConformance):", "SourceConformance):\n    by_arrival = frozenset({'landed'})"
    )
    tests.write_text(lines)
    assert failed(pytester, "-k", SAME) == {("good", SAME)}


def test_a_plugin_that_does_not_load_is_named(pytester: pytest.Pytester) -> None:
    install(pytester, "good")
    pytester.makepyfile(plugin_good="raise RuntimeError('no fuel')")
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert "good: cannot be loaded: RuntimeError: no fuel" in done.stdout.str()
    assert done.ret == pytest.ExitCode.TESTS_FAILED
