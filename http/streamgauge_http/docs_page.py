"""The OpenAPI document as a page: no script, no request to anywhere, readable without styles."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8882}
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer;overflow-wrap:anywhere}summary b{display:inline-block;min-width:3.6em}
code,pre{font:.9em ui-monospace,monospace}pre{overflow:auto;background:var(--soft);padding:.6rem}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}
.role{float:right;font-size:.85em;opacity:.75}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: nothing but its own style."""


def render(document: Mapping[str, Any]) -> str:
    """The whole page."""
    info = document["info"]
    sections = "".join(_section(document, tag["name"]) for tag in document["tags"])
    schemas = "".join(
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code> "
        f"{escape(schema.get('description', ''))}</summary><pre>{_pretty(schema)}</pre></details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>The API of {escape(info['title'])}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>The API of {escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])}</p>"
        "<p>For programs: <a href='/openapi.json'>openapi.json</a>. "
        "For people: <a href='/'>the page</a>.</p>"
        f"{sections}<h2>Shapes</h2>{schemas}</main></body></html>"
    )


def _section(document: Mapping[str, Any], tag: str) -> str:
    operations = [
        _operation(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]
    return f"<h2>{escape(tag)}</h2>{''.join(operations)}"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    role = operation["x-role"] or "anybody"
    return (
        f"<details id='{escape(operation['operationId'])}'><summary><b>{method.upper()}</b> "
        f"<code>{escape(path)}</code> <span class='role'>{role}</span><br>"
        f"{escape(operation['summary'])}</summary>"
        f"{_table('Parameters', map(_parameter, operation['parameters']))}"
        f"{_table('Body', map(_media, operation.get('requestBody', {}).get('content', {})))}"
        f"{_table('Answers', map(_answer, operation['responses'].items()))}"
        f"<pre>{_curl(path, method, operation)}</pre></details>"
    )


def _table(title: str, rows: Iterable[str]) -> str:
    body = "".join(rows)
    return f"<h3>{title}</h3><table><tbody>{body}</tbody></table>" if body else ""


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"].get("items", parameter["schema"])
    allowed = ", ".join(map(str, schema.get("enum", ()))) or schema["type"]
    return (
        f"<tr><th><code>{escape(parameter['name'])}</code></th><td>{parameter['in']}</td>"
        f"<td>{escape(allowed)}</td><td>{escape(parameter['description'])}</td></tr>"
    )


def _media(media_type: str) -> str:
    return f"<tr><td><code>{escape(media_type)}</code></td></tr>"


def _answer(answer: tuple[str, Mapping[str, Any]]) -> str:
    status, said = answer
    schemas = (content.get("schema", {}) for content in said.get("content", {}).values())
    names = [ref.rpartition("/")[2] for each in schemas if (ref := each.get("$ref"))]
    links = " ".join(f"<a href='#{escape(name)}'>{escape(name)}</a>" for name in names)
    return f"<tr><th>{status}</th><td>{escape(said['description'])}</td><td>{links}</td></tr>"


def _curl(path: str, method: str, operation: Mapping[str, Any]) -> str:
    words = ["curl"]
    words += [f"-X {method.upper()}"] if method != "get" else []
    words += ["-H 'Authorization: Bearer TOKEN'"] if operation["security"] else []
    body = operation.get("requestBody")
    words += [f"-H 'Content-Type: {next(iter(body['content']))}' -d @body"] if body else []
    return escape(" ".join([*words, f"http://localhost:8080{path}"]))


def _pretty(schema: Mapping[str, Any]) -> str:
    return escape(json.dumps(schema, indent=2, ensure_ascii=False))
