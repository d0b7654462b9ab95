"""Any document is a definition, or is refused with an error that names what is wrong."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.errors import InvalidQuery, SettingsError
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_dora.bands import LIMITS
from streamgauge_dora.defining import Definition, Definitions
from streamgauge_dora.defining.definition import KINDS, RULES, TIERS, pattern
from streamgauge_dora.defining.sections import SECTIONS
from tests.dora.asking import PRESETS

words = st.sampled_from(
    [*TIERS, "other", *KINDS, *RULES, "none", "median", "dora2025", "2024", "incidents", "x", ""]
)
globs = st.text("ab*[]-^!\\.{(|+\0\n$", max_size=8) | st.sampled_from(["prod[-_/]*", "[z-a]"])
scalars = words | globs | st.booleans() | st.integers() | st.floats() | st.dates()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
lists = st.lists(words | globs, max_size=3)


def table(keys: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """A table of some of these keys, or something else."""
    some = st.fixed_dictionaries({}, optional=dict(keys))
    other = st.dictionaries(words, values, max_size=2)
    return st.one_of(
        some, some, some, st.tuples(some, other).map(lambda two: two[0] | two[1]), values
    )


@st.composite
def sections(draw: st.DrawFn, metric: str) -> Any:
    """A formula of the metric, and what it may be told."""
    formula = draw(st.sampled_from(list(SECTIONS[metric])))
    told = {}
    for key, allowed in SECTIONS[metric][formula].items():
        if draw(st.booleans()):
            good = st.booleans() if isinstance(allowed, type) else st.sampled_from(list(allowed))
            told[key] = draw(good | good.map(lambda one: [one]) | st.integers() | values)
    return {"formula": formula, **told}


documents = table(
    {
        "environments": table(dict.fromkeys(TIERS, lists)),
        "deployments": table({"tiers": lists, "kinds": lists}),
        "changes": table(
            dict.fromkeys(("hotfix_labels", "hotfix_branches", "revert_titles"), lists)
        ),
        "failures": table({"rules": lists, "max_gap_hours": st.just("none") | values}),
        "bands": st.sampled_from(["2024", "none"])
        | table({metric: st.lists(table({"name": words}), max_size=2) for metric in LIMITS}),
        **{metric: sections(metric) | values for metric in SECTIONS},
    }
).filter(lambda document: isinstance(document, dict))


def keys_of(value: Any) -> set[str]:
    """Every key of a document."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set()


@given(document=documents)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_it_is_read_or_refused_with_the_key(document: dict[str, Any]) -> None:
    try:
        Definition.read({"name": "ours", "title": "Ours", **document})
    except ValueError as error:
        message = str(error)
        assert any(key in message for key in keys_of(document)) or "name" in message


def test_a_definition_of_the_folder_is_called_as_its_file_is(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('name = "yours"\ntitle = "Ours"\n', "utf-8")
    settings = Settings.load({"STREAMGAUGE_DORA_DEFINITIONS": str(tmp_path)})
    with pytest.raises(InvalidQuery, match=r"ours\.toml calls itself 'yours'"):
        Definitions(settings).named("ours")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('name = "ours"\ntitle = "x"\n[failures]\nmax_gap_hours = -1', "max_gap_hours"),
        ('name = "ours"\ntitle = "x"\n[failures]\nrules = ["bad"]', "rules"),
        ('name = "ours"\ntitle = "x"\nbased_on = "ours"', "circle"),
        ('name = "ours"\ntitle = "x"\nbased_on = "nobody"', "nobody"),
        ('name = "ours"', "title"),
        ("name = ", "TOML"),
    ],
)
def test_who_asks_by_a_faulty_one_is_told_what_is_wrong_and_which_are_not(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "ours.toml").write_text(text, "utf-8")
    settings = Settings.load({"STREAMGAUGE_DORA_DEFINITIONS": str(tmp_path)})
    with pytest.raises(InvalidQuery, match=reason) as refused:
        Definitions(settings).named("ours")
    assert refused.value.where == "definition"
    assert refused.value.allowed == PRESETS
    assert str(tmp_path) not in str(refused.value)


@given(text=st.text(max_size=40) | st.text('[]="\n #.abx1', max_size=40))
def test_any_text_is_a_definition_or_no_toml(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "ours.toml"
    file.write_text(f'name = "ours"\ntitle = "Ours"\n{text}', "utf-8", newline="")
    settings = Settings.load({"STREAMGAUGE_DORA_DEFINITION": str(file)})
    try:
        found = Definitions(settings).document()
    except SettingsError as error:
        assert "ours.toml" in str(error)
    else:
        assert found["name"] == "ours"


@given(glob=globs, name=st.text("ab-\n.", max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_name_is_matched_by_python_as_by_postgres(
    shared_database: Database, glob: str, name: str
) -> None:
    """What is read as a pattern at all is one to both."""
    try:
        Definition.read({"name": "o", "title": "O", "environments": {"production": [glob]}})
    except ValueError:
        return
    expression = f"^({pattern(glob)})$"
    with warnings.catch_warnings(), shared_database.transaction() as cursor:
        warnings.simplefilter("error")
        matches = bool(re.fullmatch(pattern(glob), name, re.DOTALL))
        cursor.execute("select %s::text ~ %s", (name, expression))
        assert cursor.fetchone() == (matches,)
