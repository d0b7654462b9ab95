"""How the page is served: to browsers, small, cached, by a policy that lets nothing else in."""

from __future__ import annotations

import gzip
import re

from tests.conftest import ROOT, fresh_database
from tests.service import Service

FOLDER = ROOT / "http" / "streamgauge_http" / "page"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
MOST = 150_000


def get(service: Service, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = service.request("GET", path, headers=named)
    return answer.status, dict(answer.headers), answer.body


def test_a_browser_gets_the_page_and_a_program_the_index(nothing: Service) -> None:
    for accept in (BROWSER, "text/html"):
        status, headers, body = get(nothing, "/", accept=accept)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "accept" in headers["vary"].lower()
        assert b"<main" in body
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9"):
        status, headers, body = get(nothing, "/", accept=accept)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert body.startswith(b'{"name":"streamgauge"')
    assert get(nothing, "/")[1]["content-type"] == "application/json"


def test_all_files_of_the_first_visit_are_small(nothing: Service) -> None:
    _, headers, page = get(nothing, "/", accept=BROWSER, accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip"
    names = set(re.findall(r'"(/assets/[^"]+)"', gzip.decompress(page).decode()))
    sizes = {"/": len(page)}
    for name in names:
        status, headers, body = get(nothing, name, accept_encoding="gzip, br")
        assert (status, headers["content-encoding"]) == (200, "gzip"), name
        assert gzip.decompress(body) == (FOLDER / name.removeprefix("/assets/")).read_bytes()
        sizes[name] = len(body)
    assert sum(sizes.values()) < MOST, sizes
    # The HTML names every file there is, so that all come side by side.
    unnamed = {path.name for path in FOLDER.iterdir()} - {name.split("/")[2] for name in names}
    assert unnamed == {"index.html", "uplot.txt"}


def test_who_has_a_file_is_not_sent_it_again(nothing: Service) -> None:
    for path, accept in (("/assets/app.js", "*/*"), ("/", BROWSER)):
        status, headers, body = get(nothing, path, accept=accept)
        assert (status, headers["cache-control"]) == (200, "no-cache")
        assert "content-encoding" not in headers
        for etag in (
            headers["etag"],
            headers["etag"].removeprefix("W/"),
            f'"x", {headers["etag"]}',
        ):
            status, again, body = get(nothing, path, accept=accept, if_none_match=etag)
            assert (status, body, again["etag"]) == (304, b"", headers["etag"])
        assert get(nothing, path, accept=accept, if_none_match='"another"')[0] == 200


def test_the_policy_lets_nothing_else_in(nothing: Service) -> None:
    for path in ("/", "/assets/app.js", "/assets/icon.svg"):
        _, headers, _ = get(nothing, path, accept=BROWSER)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    page = (FOLDER / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", page) == []


def test_a_file_that_is_not_there_is_a_problem(nothing: Service) -> None:
    for name in ("nothing.js", "..%2Fapp.py", "%2e%2e", "index.html%00"):
        answer = nothing.get(f"/assets/{name}")
        assert (answer.status, answer.json["type"]) == (404, "/problems/not-found"), name


def test_a_process_that_only_takes_events_has_no_page(server_url: str) -> None:
    with fresh_database(server_url) as url:
        with Service.running(url, roles=("ingest", "worker")) as service:
            assert get(service, "/", accept=BROWSER)[1]["content-type"] == "application/json"
            assert service.get("/assets/app.js").status == 404


def test_the_licence_of_what_is_vendored_is_beside_it() -> None:
    assert "MIT" in (FOLDER / "uplot.txt").read_text()
    assert "uPlot (v1.6." in (FOLDER / "uplot.js").read_text()[:80]


def test_modules_are_small_enough_to_be_read() -> None:
    for path in FOLDER.glob("*.js"):
        if path.name != "uplot.js":
            assert len(path.read_text().splitlines()) <= 250, path


def test_every_image_of_the_page_is_in_a_page_of_the_docs() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page.read_text())
    }
    assert named == {path.name for path in (ROOT / "docs" / "images").iterdir()}
