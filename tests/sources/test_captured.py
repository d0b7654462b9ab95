"""Deliveries in files."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from streamgauge.errors import InvalidInput
from streamgauge.sources.captured import read_cases, read_delivery


def write(folder: Path, **files: bytes | str) -> Path:
    for name, content in files.items():
        file = folder / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_delivery_is_a_body_to_the_byte_and_the_headers_beside_it(tmp_path: Path) -> None:
    body = b'\xef\xbb\xbf{"a":\r\n1}\n'
    write(tmp_path, push_json=body, push_headers_json='{"X-Event": "Push", "Content-Type": "a/b"}')
    delivery = read_delivery(tmp_path / "push.json")
    assert (delivery.body, delivery.query) == (body, {})
    assert delivery.headers == {"x-event": "Push", "content-type": "a/b"}
    assert delivery.header("X-EVENT") == "Push"


def test_without_headers_it_is_json(tmp_path: Path) -> None:
    write(tmp_path, push_json=b"{}", push_txt=b"text")
    for name in ("push.json", "push.txt"):
        assert read_delivery(tmp_path / name).headers == {"content-type": "application/json"}


def test_headers_may_lie_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, push_json=b"{}", push_headers_json='{"a": "1"}', other_json='{"A": "2"}')
    assert read_delivery(tmp_path / "push.json", tmp_path / "other.json").headers == {"a": "2"}


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"{1}")))
    assert read_delivery(Path("-")).body == b"{1}"


@pytest.mark.parametrize("headers", ["{", "[]", '{"a": 1}', '{"a": null}', '"text"', "\udcff"])
def test_headers_that_are_none_are_named(tmp_path: Path, headers: str) -> None:
    write(tmp_path, push_json=b"{}", push_headers_json=headers.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match=r"push\.headers\.json: "):
        read_delivery(tmp_path / "push.json")


def test_a_folder_holds_cases_and_folders_in_it_sequences(tmp_path: Path) -> None:
    write(
        tmp_path,
        b_json=b"1", b_headers_json="{}", b_cdevents_json="[]", a_xml=b"2",
        s__02_json=b"4", s__01_json=b"3", s__01_headers_json='{"x": "y"}',
    )  # fmt: skip
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "s/.hidden").write_text("")
    cases = read_cases(tmp_path)
    assert [(case.name, [each.body for each in case.deliveries], case.golden.name)
            for case in cases] == [
        ("a", [b"2"], "a.cdevents.json"),
        ("b", [b"1"], "b.cdevents.json"),
        ("s", [b"3", b"4"], "s.cdevents.json"),
    ]  # fmt: skip
    assert {case.golden.parent for case in cases} == {tmp_path}
    assert cases[2].deliveries[0].headers == {"x": "y"}


@pytest.mark.parametrize("other", ["push.xml", "push/01.json"])
def test_two_cases_of_one_name_are_an_error(tmp_path: Path, other: str) -> None:
    """What comes of one would be compared with what came of the other."""
    write(tmp_path, push_json=b"{}")
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_text("{}")
    with pytest.raises(InvalidInput, match=r"two cases are called push"):
        read_cases(tmp_path)


def test_the_cases_are_read_in_one_order(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        (tmp_path / f"{number}.json").write_text(json.dumps(number))
    assert [case.name for case in read_cases(tmp_path)] == ["1", "2", "3"]
