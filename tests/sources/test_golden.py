"""Golden files: compared, shown, written anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.testing import Differs, Mode, compare

pytest_plugins = ["pytester"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)

TEST = """
    from pathlib import Path

    def test_it(golden):
        made = [{"n": n, "hat": "hôtel"} for n in range(60)]
        golden(Path(__file__).parent / "kept/it.json", made)
"""


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_by_default_it_is_compared(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    kept = pytester.path / "kept/it.json"
    done = run(pytester)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*there is no *it.json; pytest --golden=update writes it:"])
    assert not kept.exists()
    run(pytester, "--golden=update").assert_outcomes(passed=1)
    assert json.loads(kept.read_text("utf-8"))[59] == {"n": 59, "hat": "hôtel"}
    for options in ((), ("--golden=check",), ("--golden=review",), ("--golden=update",)):
        run(pytester, *options).assert_outcomes(passed=1)


def test_a_difference_fails_and_review_shows_all_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    kept = pytester.path / "kept/it.json"
    kept.parent.mkdir()
    kept.write_text("[]\n")
    check, review = run(pytester), run(pytester, "--golden=review")
    for done in (check, review):
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(["*it.json differs from what comes now*"])
        assert kept.read_text() == "[]\n"
    assert re.search(r"^E +\.\.\. \d+ lines more$", check.stdout.str(), re.M)
    assert '+    "n": 59' not in check.stdout.str()
    assert not re.search(r"^E +\.\.\. \d+ lines more$", review.stdout.str(), re.M)
    assert '+    "n": 59' in review.stdout.str()


def test_another_mode_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    assert run(pytester, "--golden=write").ret == pytest.ExitCode.USAGE_ERROR


@given(JSON, JSON)
def test_what_was_written_is_what_is_read_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, one: object, other: object
) -> None:
    file: Path = tmp_path_factory.mktemp("golden") / "new/it.json"
    compare(file, one, Mode.UPDATE)
    compare(file, one)
    assert json.loads(file.read_text("utf-8")) == one
    if json.dumps(one) != json.dumps(other):
        with pytest.raises(Differs):
            compare(file, other)


def test_text_is_kept_as_it_is_where_the_file_is_no_json(tmp_path: Path) -> None:
    for name, kept in (("page.md", "# Hôtel\n"), ("it.json", '"# Hôtel\\n"\n')):
        compare(tmp_path / name, "# Hôtel\n", Mode.UPDATE)
        assert (tmp_path / name).read_text("utf-8") == kept
        compare(tmp_path / name, "# Hôtel\n")
        with pytest.raises(Differs):
            compare(tmp_path / name, "# Hotel\n")
