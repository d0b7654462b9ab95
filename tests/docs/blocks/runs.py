"""The blocks of one page, run in their order: one runner for each language."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from streamgauge.plugins import Plugins
from tests.docs.blocks import files
from tests.docs.blocks.commands import Command, commands
from tests.docs.blocks.exchange import Exchange, exchanges
from tests.docs.blocks.live import SECRET, Live, asked, free_port
from tests.docs.blocks.loose import differences, is_like
from tests.docs.blocks.pages import ROOT, Block
from tests.docs.blocks.replaced import PREAMBLE
from tests.docs.blocks.shell import Shell
from tests.service import Answer, Service

CLONE = {
    "README.md", "CONTRIBUTING.md", "k8s/README.md", "docs/tutorial.md", "docs/how-to/grafana.md",
}  # fmt: skip
"""The pages whose commands are run in a clone."""
HOSTS = ("https://<your host>", "https://streamgauge.example.com", "https://streamgauge.example")
SECRETS = ("<secret>", "<the secret>", "<API key>", "the-long-random-text")
KUBECTL = shutil.which("kubectl", path=sysconfig.get_path("scripts")) or "kubectl"
SERVES = re.compile(
    r"^(?P<settings>(?:\w+=\S+ )*)(?:\.venv/bin/)?streamgauge serve\b[^\n]*$", re.MULTILINE
)
PATIENCE_SECONDS = 30.0


class Run:
    """What the blocks of a page have in common: a folder, a shell, a service, the last answer."""

    def __init__(self, page: str, live: Live, plugins: Plugins, folder: Path, url: str) -> None:
        self.page = page
        self.live = live
        self.plugins = plugins
        self.folder = folder
        self.etc = live.etc
        self.url = live.url
        self.service = live.service
        self.port = live.service.port
        self._own_url = url
        self._stack = ExitStack()
        self._shell: Shell | None = None
        self._said: dict[str, str] = {}
        self.printed = ""
        self.answer: Answer | None = None

    @classmethod
    @contextmanager
    def of(cls, page: str, live: Live, plugins: Plugins, folder: Path, url: str) -> Iterator[Run]:
        """The run of a page; `url` is a database of its own, for pages that serve themselves."""
        run = cls(page, live, plugins, folder, url)
        with run._stack:
            yield run

    def block(self, block: Block) -> None:
        """Run a block, or fail."""
        files.check_addresses(block, self.plugins)
        for key, value in block.directives:
            if key == "run" and SERVES.search(value):
                self._serve(block, Command(value))
            elif key == "run":
                done = self.shell.run(self._here(value))
                assert done.status == 0, f"{block.where}: {value}\n{done.output}"
            elif key == "let":
                self._let(block, value)
        if by := block.one_of("checked by"):
            self._file(block)
            _exists(block, by)
            return
        runner = RUNNERS.get(block.language)
        assert runner, (
            f"{block.where}: nothing runs a block of {block.language or 'no language'!r};"
            f" there are {', '.join(RUNNERS)}"
        )
        runner(self, block)
        if block.language != "http":
            self.answer = None

    def serves(self) -> None:
        """From here on the page has a database of its own, and a port for what it serves."""
        self.url = self._own_url
        self.port = free_port()

    def let(self, name: str, value: str) -> None:
        """What stands for a value in the blocks that follow."""
        self._said[name] = value

    @property
    def shell(self) -> Shell:
        """The shell of the page, started when it is first needed."""
        if self._shell is None:
            environ = {
                **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
                **self.live.environ,
                "DATABASE_URL": self.url,
                "KUBECTL": KUBECTL,
                "SECRET": SECRET,
                "OWN_DATABASE_URL": self._own_url,
                "WORK": str(self.folder / "work"),
                "COLUMNS": "200",
            }
            self._shell = Shell(self.folder, environ, PREAMBLE)
            self._stack.callback(self._shell.close)
            if self.page in CLONE:
                self._shell.run(
                    '(cd "$ROOT" && git ls-files -z | xargs -0 cp --parents -t "$WORK")'
                )
            elif self.page.startswith("examples/"):
                self._shell.run(f'cp -r "$ROOT/{Path(self.page).parent}" package && cd package')
        return self._shell

    # -- the runners

    def sh(self, block: Block) -> None:
        for command in commands(block.text):
            if SERVES.search(command.text):
                self._serve(block, command)
                continue
            self.service.settle()
            done = self.shell.run(self._here(command.text))
            self.printed = done.output
            said = f"{block.where}: {command.text}\n{done.output}"
            if command.shown:
                assert is_like(command.shown, done.output), said
            else:
                wanted = int(block.one_of("status") or 0)
                assert done.status == wanted, f"{said}\nended with {done.status}"

    def http(self, block: Block) -> None:
        with self._asked(block) as service:
            for each in exchanges(self._here(block.text)):
                self.answer = service.request(
                    each.method, each.path, each.body.encode() or None, each.headers
                )
                self._compare(block, each, self.answer)

    def json(self, block: Block) -> None:
        request = self._here(block.one_of("answer of"))
        if request:
            with self._asked(block) as service:
                _wait_until_like(block, lambda: asked(service, request))
        elif self.answer is not None:
            _assert_like(block, self.answer)
        else:
            self._file(block)
            if not block.name:
                files.check_json(block, block.text, self.folder)

    def toml(self, block: Block) -> None:
        if self._is_of_an_example(block):
            return
        self._file(block)
        files.check_toml(block, self._here(block.text), self.folder)

    def yaml(self, block: Block) -> None:
        self._file(block)
        files.check_yaml(block, block.text, self.folder)

    def sql(self, block: Block) -> None:
        self._file(block)
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(block.text.encode())
            names = [column.name for column in cursor.description or ()]
            rows = [[str(value) for value in row] for row in cursor]
        # As psql shows it, but for white space.
        self.printed = "\n".join(["|".join(names), "--+--", *("|".join(row) for row in rows)])

    def text(self, block: Block) -> None:
        if block.name == "output":
            assert is_like(block.text.strip(), self.printed), (
                f"{block.where}: shown is\n{block.text}\nprinted was\n{self.printed}"
            )
        else:
            assert not block.name, f"{block.where}: text is 'output', or what it looks like"
            assert not re.search(r"^\$ |^(?:curl|streamgauge) ", block.text, re.MULTILINE), (
                f"{block.where}: text that is a command is for a shell"
            )

    def python(self, block: Block) -> None:
        """A part of an example is there; what is none is run."""
        if self._is_of_an_example(block):
            return
        self._file(block)
        # A plugin's block becomes the module that later ones import; its tests are run.
        name = "streamgauge_rocket" if "@hookimpl" in block.text else f"block_{block.line}"
        tests = re.findall(r"^def (test_\w+)\(\)", block.text, re.MULTILINE)
        path = self.folder / f"{name}.py"
        path.write_text(block.text + "".join(f"\n{test}()" for test in tests), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-W", "error", str(path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block.where}\n{done.stderr}"

    # -- what they share

    def _is_of_an_example(self, block: Block) -> bool:
        """Whether a block has the name of a file of examples/; if so, it must be a part of it."""
        files = [*ROOT.glob(f"examples/*/{block.name}")] if block.name else []
        lines = _bare(block.text)
        assert not files or any(lines in _bare(each.read_text("utf-8")) for each in files), (
            f"{block.where}: no longer in examples/*/{block.name}"
        )
        return bool(files)

    def _serve(self, block: Block, command: Command) -> None:
        """Start what the page starts, where it is and with its settings, until the page ends."""
        asked_for = SERVES.sub(r"\g<settings>env -0", command.text)
        done = self.shell.run(f"pwd; {self._here(asked_for)}")
        assert done.status == 0, f"{block.where}: {done.output}"
        folder, _, rest = done.output.partition("\n")
        environ = dict(each.split("=", 1) for each in rest.split("\0") if "=" in each)
        if self.service is not self.live.service:
            self.service.stop()  # what the page serves next is in its place
        self.service = Service.start(self.url, port=self.port, environ=environ, cwd=Path(folder))
        self._stack.callback(self.service.stop)
        self.service.wait_ready()

    @contextmanager
    def _asked(self, block: Block) -> Iterator[Service]:
        """The service that a block is for: the page's, or one with settings of the block's own."""
        own = block.one_of("with").replace("$WORK", str(self.folder / "work"))
        if not own:
            self.service.settle()
            yield self.service
            self.service.settle()
            return
        environ = {**self.live.environ, **dict(each.split("=", 1) for each in own.split())}
        with Service.running(self._own_url, environ=environ) as service:
            yield service

    def _compare(self, block: Block, shown: Exchange, answer: Answer) -> None:
        said = f"{block.where}: {shown.method} {shown.path} is answered with {answer.status}"
        wanted = shown.status or int(block.one_of("status") or 0)
        assert answer.status == wanted if wanted else answer.status < 300, (
            f"{said}\n{answer.body.decode()}"
        )
        for name, value in shown.answered.items():
            found = answer.headers.get(name.lower())
            assert found is not None and is_like(value, found), f"{said}, {name}: {found}"
        if shown.shown:
            lines = differences(json.loads(shown.shown), answer.json)
            assert not lines, "\n".join([said, *lines])

    def _let(self, block: Block, value: str) -> None:
        name, _, command = value.partition(" = ")
        done = self.shell.run(self._here(command))
        assert done.status == 0 and done.output.strip(), f"{block.where}: {value}\n{done.output}"
        self.let(name, done.output.strip())

    def _file(self, block: Block) -> None:
        if not block.name:
            return
        path = self.shell.folder / self._here(block.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._here(block.text), encoding="utf-8")

    def _here(self, text: str) -> str:
        """A text of the page, with the addresses, secrets and folders that there are here."""
        for host in HOSTS:
            text = text.replace(host, f"http://127.0.0.1:{self.port}")
        text = re.sub(r"\b(?:localhost|127\.0\.0\.1):8080\b", f"127.0.0.1:{self.port}", text)
        for secret in SECRETS:
            text = text.replace(secret, SECRET)
        text = re.sub(r"\.venv/bin/(?=(?:python|streamgauge) )", "", text)
        text = text.replace("<the chart>", "chart")
        for name, value in self._said.items():
            text = text.replace(name, value)
        return text.replace("/etc/streamgauge", str(self.etc))


RUNNERS: dict[str, Callable[[Run, Block], None]] = {
    "sh": Run.sh,
    "http": Run.http,
    "json": Run.json,
    "toml": Run.toml,
    "yaml": Run.yaml,
    "sql": Run.sql,
    "text": Run.text,
    "python": Run.python,
}


def _bare(text: str) -> str:
    """A text without its indentation."""
    return "\n".join(line.strip() for line in text.splitlines())


def _exists(block: Block, test: str) -> None:
    """The test that a block names is there, and is about this page."""
    path, _, name = test.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^def {name}\(", source, re.MULTILINE), f"{block.where}: {test}"
    assert Path(block.page).name in source, f"{block.where}: {path} does not read this page"


def _wait_until_like(block: Block, ask: Callable[[], Answer]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _assert_like(block, ask())
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _assert_like(block: Block, answer: Answer) -> None:
    lines = differences(json.loads(block.text), answer.json)
    assert not lines, "\n".join([block.where, *lines, answer.body.decode()[:2000]])
