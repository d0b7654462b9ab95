"""What runs the blocks of the pages notices what is wrong with them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.plugins import Plugins
from tests.conftest import fresh_database
from tests.docs.blocks.commands import Command, commands
from tests.docs.blocks.exchange import exchanges
from tests.docs.blocks.live import Live
from tests.docs.blocks.loose import differences, is_like
from tests.docs.blocks.pages import ROOT, Block, blocks_of, pages, read
from tests.docs.blocks.replaced import PREAMBLE, TABLE
from tests.docs.blocks.runs import RUNNERS, Run

PAGE = "docs/README.md"
words = st.text("abcde {}[]:\"'", min_size=1).filter(str.strip)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


# -- pages


@given(st.lists(st.tuples(st.sampled_from(["", "json", "toml a/b.toml"]), words), max_size=5))
def test_every_block_is_found_however_it_is_written(shown: list[tuple[str, str]]) -> None:
    parts, wanted = [], []
    for info, text in shown:
        if info:
            parts.append(f"- item\n\n  ```{info}\n  {text}\n  ```\n")
            language, _, name = info.partition(" ")
            wanted.append((language, name, f"{text}\n"))
        else:
            parts.append(f"Words.\n\n{indent(text.strip(), '    ')}\n\nWords.\n")
            wanted.append(("sh", "", f"{text.strip()}\n"))
    found = read("\n".join(parts), PAGE)
    assert [(each.language, each.name, each.text) for each in found] == wanted


def test_directives_belong_to_the_block_that_follows() -> None:
    text = "<!-- run: a -->\n<!-- with: B=1\n  C=2 -->\n```json\n{}\n```\n\nWords.\n\n    ls\n"
    first, second = read(text, PAGE)
    assert first.directives == [("run", "a"), ("with", "B=1 C=2")]
    assert second.directives == []
    assert (first.where, second.where) == ("docs/README.md:4", "docs/README.md:10")


@pytest.mark.parametrize(
    "text", ["<!-- rum: a -->\n```json\n{}\n```\n", "<!-- run: a -->\n\nWords.\n"]
)
def test_a_directive_that_leads_nowhere_is_an_error(text: str) -> None:
    with pytest.raises(AssertionError, match="directive"):
        list(read(text, PAGE))


def test_no_page_and_no_fence_is_missed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "docs", "*.md", "k8s"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.splitlines()  # fmt: skip
    assert {name for name in listed if name.endswith(".md")} <= set(pages())
    for page in pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        fences = re.findall(r"^ *```\w", text, re.MULTILINE)
        shown = [block for block in blocks_of(page) if f"```{block.language}" in text]
        assert len(fences) <= len(shown)


# -- comparing


@given(st.lists(words))
def test_an_output_is_like_itself_and_like_less_of_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert is_like(text, f"before {text} after")
    assert is_like("...".join([lines[0], lines[-1]] if lines[1:] else lines), text)


def test_numbers_times_and_ids_may_be_others() -> None:
    shown = "9,259 events at 2026-11-27T01:36:04.643071Z: 05008c05-9559-5449-8afb-eb4ef7d6dec7"
    printed = "17 events\n at 2027-01-01 00:00:00+01: e1be8d2f-fdb2-58d0-a2f1-1d795d372801"
    assert is_like(shown, printed)
    assert not is_like(shown, printed.replace("events", "event"))
    assert not is_like("a...b", "b a")


@given(values)
def test_a_shape_is_like_itself(value: Any) -> None:
    assert differences(value, value) == []


@given(st.dictionaries(st.text(), values, min_size=1), st.data())
def test_a_member_that_is_gone_is_noticed(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    left = {key: each for key, each in value.items() if key != name}
    assert differences(left, value) == []
    if value[name] is not None:
        assert len(differences(value, left)) == 1


@pytest.mark.parametrize(
    ("shown", "found", "said"),
    [
        ({"n": 1}, {"n": "1"}, ["/n is a string, and shown is a number"]),
        ({"n": True}, {"n": 1}, ["/n is a number, and shown is a boolean"]),
        ({"n": [1]}, {"n": []}, ["/n/0 is shown, and there is none"]),
        ([{"a": 1, "b": 1}], [{"a": 1}, {"a": 1, "b": 2.5}], []),
        ([{"a": 1}], [{"c": 1}], ["/0/a is not there; there are c"]),
        ({}, [], ["/ is a array, and shown is a object"]),
    ],
)
def test_what_is_of_another_shape_is_said(shown: Any, found: Any, said: list[str]) -> None:
    assert differences(shown, found) == said


# -- commands and requests


def test_a_session_is_commands_with_what_they_print() -> None:
    text = "$ echo 'a\nb'\na\nb\n\n$ cat \\\n  file\n"
    assert commands(text) == [Command("echo 'a\nb'", "a\nb"), Command("cat \\\n  file")]


def test_without_a_prompt_every_line_is_a_command() -> None:
    assert commands("a  # why\n# only words\nfor x in 1; do\n  b\ndone\n") == [
        Command("a  # why"),
        Command("for x in 1; do\n  b\ndone"),
    ]


def test_requests_and_answers_are_told_apart() -> None:
    text = (
        "POST /a HTTP/1.1\nX-One: 1\n\n{}\n\nHTTP/1.1 202 Accepted\nX-Two: 2\n\n"
        "GET /b?c=1\n    &d=2\n"
    )
    first, second = exchanges(text)
    assert (first.method, first.path, first.headers, first.body) == (
        "POST",
        "/a",
        {"X-One": "1"},
        "{}",
    )
    assert (first.status, first.answered, first.shown) == (202, {"X-Two": "2"}, "")
    assert (second.path, second.status) == ("/b?c=1&d=2", 0)
    with pytest.raises(ValueError, match="neither a request nor an answer"):
        exchanges("FETCH /a\n")


def test_what_is_replaced_says_why_and_is_a_function_of_bash() -> None:
    for each in TABLE:
        assert len(each.reason) > 20
        assert f"{each.command}() {{" in PREAMBLE
    done = subprocess.run(["bash", "-n", "-c", PREAMBLE], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


# -- runs


@pytest.fixture(scope="module")
def live(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with fresh_database(server_url) as url:
        with Live.running(url, tmp_path_factory.mktemp("etc")) as live:
            yield live


GONE = {"specversion": "1.0", "id": "1", "source": "/me"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```\nwords\n```\n", "nothing runs a block of 'no language'"),
        ("```cobol\nSTOP RUN.\n```\n", "nothing runs a block of 'cobol'"),
        ("    false\n", "ended with 1"),
        ("    $ echo one\n    two\n", "echo one"),
        ("    curl localhost:8080/v1/metrics/none\n", "there is no metric"),
        ("    curl https://<your host>/webhooks/none\n", "no receiver 'none'"),
        ("```text output\nwords\n```\n", "printed was"),
        ("```text\n$ streamgauge status\n```\n", "a command is for a shell"),
        ("```http\nGET /v1/metrics/none\n```\n", "answered with 400"),
        ("```http\nGET /healthz\n\nHTTP/1.1 204 No Content\n```\n", "answered with 200"),
        ("```http\nGET /v1/metrics\n\nHTTP/1.1 200 OK\nX-None: 1\n```\n", "X-None: None"),
        ('```http\nGET /v1/metrics\n```\n\n```json\n{"none": 1}\n```\n', "/none is not there"),
        (f"```json\n{json.dumps(GONE)}\n```\n", "docs/README.md:1"),
        ("```toml\n[plugins.none]\na = 1\n```\n", "no plugin 'none'"),
        ("```toml\nnone = 1\n```\n", "no known kind"),
        ("```yaml\nnone: 1\n```\n", "no known kind"),
        ("```python\nraise SystemExit('no')\n```\n", "no"),
        ("```python other/name.py\nraise SystemExit('no')\n```\n", "no"),
        ("<!-- checked by: tests/none.py::test_none -->\n```js\n1\n```\n", "tests/none.py"),
    ],
)
def test_a_block_that_is_wrong_fails(
    text: str, said: str, live: Live, plugins: Plugins, tmp_path: Path
) -> None:
    with Run.of(PAGE, live, plugins, tmp_path, live.url) as run:
        with pytest.raises((AssertionError, FileNotFoundError)) as failed:
            for block in read(text, PAGE):
                run.block(block)
    assert said in str(failed.value)


def test_every_language_of_the_pages_has_a_runner() -> None:
    without = {
        block.where: block.language
        for page in pages()
        for block in blocks_of(page)
        if block.language not in RUNNERS and not block.one_of("checked by")
    }
    assert without == {}


def test_what_a_page_sets_up_is_there_for_its_next_block(
    live: Live, plugins: Plugins, tmp_path: Path
) -> None:
    text = (
        "```json it.json\n[1]\n```\n\n"
        "<!-- let: THAT = echo 1 -->\n\n    $ cat it.json; echo THAT\n    [1]\n    1\n"
    )
    with Run.of(PAGE, live, plugins, tmp_path, live.url) as run:
        blocks: list[Block] = list(read(text, PAGE))
        for block in blocks:
            run.block(block)
        assert run.printed == "[1]\n1\n"
