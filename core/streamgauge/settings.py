"""Every setting, in one place: a TOML file, overridden by environment variables.

The file is `$STREAMGAUGE_CONFIG`, else `streamgauge.toml` in the working directory if there is
one. A setting `http_workers` is `http_workers = 2` in the file and `STREAMGAUGE_HTTP_WORKERS` in
the environment, where commas separate the texts of a list. A plugin named `github` reads the
file's table `[plugins.github]` and the variables `STREAMGAUGE_GITHUB_*`. The reference is
docs/reference/settings.md.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamgauge.errors import SettingsError

PREFIX = "STREAMGAUGE_"

SHORTEST_TOKEN = 16
"""Characters that a token has at least: fewer could be guessed."""

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"
_ORIGIN = re.compile(rf"https?://({_NAME}|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?", re.ASCII)
_HOST = re.compile(rf"(?=.{{1,253}}$){_NAME}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set; `Settings.load` reads it."""

    database_url: str | None = field(default=None, repr=False)
    """A PostgreSQL 15 to 18; None means the embedded server. `DATABASE_URL` sets it too."""
    data_dir: Path | None = None
    """Where the embedded server keeps its data; None means the user's data folder."""
    host: str = "127.0.0.1"
    """The address that `serve` listens on."""
    port: int = 8080
    """The port that `serve` listens on."""
    tls_certificate: Path | None = None
    """A PEM file with the certificate and its chain; with `tls_key`, `serve` speaks HTTPS."""
    tls_key: Path | None = None
    """A PEM file with the certificate's private key."""
    http_workers: int = 2
    """How many gunicorn workers answer HTTP."""
    max_event_bytes: int = 8 * 1024 * 1024
    """The largest single event or webhook body, in bytes; at least 65,536."""
    max_batch_bytes: int = 32 * 1024 * 1024
    """The largest batch body, in bytes; at least `max_event_bytes`."""
    max_batch_events: int = 10_000
    """How many events one batch may hold."""
    cdevents_mode: str = "compat"
    """What becomes of CDEvents that deviate from the specification: `strict` or `compat`."""
    cdevents_schema_dir: Path | None = None
    """A folder of JSON Schemas; what `schemaUri` names is looked for there and nowhere else."""
    routes: str | None = None
    """A YAML file with a routing table; `CE_ROUTES` holds one inline. See docs/stages/router.md."""
    transformers: Path | None = None
    """A YAML file, or a folder of them, with declarative transformers."""
    function_hosts: tuple[str, ...] = ()
    """The hosts whose URLs may be functions, `*.example.com` for the names below one; none means
    those that the operator's own routing table names."""
    function_timeout: int = 10
    """Seconds for one event's call of a function, with all tries; 1 to 20."""
    function_concurrency: int = 8
    """How many calls of functions are open at once; 1 to 64."""
    transformer_timeout: int = 10
    """Seconds that a plugin's transformer has for one event; 1 to 20."""
    webhook_origins: tuple[str, ...] = ("*",)
    """Which origins may deliver: `*`, DNS names, `*.example.com` for the names below one."""
    webhook_rate: int | None = None
    """Deliveries per minute, for each origin and HTTP process; None means no limit."""
    webhook_callback_hosts: tuple[str, ...] = ()
    """The hosts that a handshake may have called back; none unless they are named here."""
    ingest_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Tokens with the role `ingest`, beside those of `streamgauge token`."""
    read_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Tokens with the role `read`."""
    admin_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Tokens with the role `admin`."""
    open: tuple[str, ...] = ()
    """The roles that need no token: `ingest`, `read`. Without any token, and on loopback, none
    does."""
    cors_origins: tuple[str, ...] = ()
    """The origins of other pages whose scripts may ask: `https://portal.example.com`, or `*`."""
    rebuild: str = "automatic"
    """When another version or definition is there than what the tables were made with, they are
    made anew: `automatic`, or `by-command`."""
    keep_replaced: bool = True
    """Whether what a replay has replaced is kept until the next one, for `replay --rollback`."""
    archive_dir: Path | None = None
    """The folder of the archive, from which archived payloads are read where they are needed."""
    stop_on_error: tuple[str, ...] = ()
    """The projections that stop at an event which they cannot fold, instead of parking it."""
    teams: Path | None = None
    """A TOML file that says which services and repositories are which team's, and when."""
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """The file's `[plugins.NAME]` tables; a plugin reads its own with `for_plugin`."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The environment these settings were read from."""

    def __post_init__(self) -> None:
        if self.max_event_bytes < 65_536:
            raise SettingsError("max_event_bytes must be at least 65536: CloudEvents asks for it")
        if self.max_batch_bytes < self.max_event_bytes:
            raise SettingsError("max_batch_bytes must not be smaller than max_event_bytes")
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port must be between 0 and 65535, not {self.port}")
        if self.cdevents_mode not in ("strict", "compat"):
            raise SettingsError(
                f"cdevents_mode must be strict or compat, not {self.cdevents_mode!r}"
            )
        if self.http_workers < 1 or self.max_batch_events < 1:
            raise SettingsError("http_workers and max_batch_events must be at least 1")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise SettingsError("tls_certificate and tls_key belong together: set both or neither")
        if self.rebuild not in ("automatic", "by-command"):
            raise SettingsError(f"rebuild must be automatic or by-command, not {self.rebuild!r}")
        self._check_transformers()
        self._check_webhooks()
        self._check_tokens()

    def _check_transformers(self) -> None:
        # Who holds a lease and says nothing for half a minute loses it.
        highest = {"function_timeout": 20, "transformer_timeout": 20, "function_concurrency": 64}
        for name, most in highest.items():
            if not 1 <= getattr(self, name) <= most:
                raise SettingsError(f"{name} must be between 1 and {most}")
        for name in self.function_hosts:
            if not _HOST.fullmatch(name.removeprefix("*.")):
                raise SettingsError(
                    f"function_hosts holds DNS names or *.example.com, not {name!r}"
                )

    def _check_webhooks(self) -> None:
        if self.webhook_rate is not None and self.webhook_rate < 1:
            raise SettingsError("webhook_rate must be at least 1; leave it out for no limit")
        for name in self.webhook_origins:
            if name != "*" and not _HOST.fullmatch(name.removeprefix("*.")):
                raise SettingsError(
                    f"webhook_origins holds *, DNS names or *.example.com, not {name!r}"
                )
        for name in self.webhook_callback_hosts:
            if not _HOST.fullmatch(name):
                raise SettingsError(f"webhook_callback_hosts holds DNS names, not {name!r}")

    def _check_tokens(self) -> None:
        for name in ("ingest_tokens", "read_tokens", "admin_tokens"):
            if any(len(token) < SHORTEST_TOKEN for token in getattr(self, name)):
                raise SettingsError(
                    f"every one of {name} must have at least {SHORTEST_TOKEN} characters"
                )
        if not set(self.open) <= {"ingest", "read"}:
            raise SettingsError(f"open holds ingest, read or both, not {', '.join(self.open)}")
        for origin in self.cors_origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"cors_origins holds origins, https://portal.example.com, or *, not {origin!r}"
                )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the file and the environment. Raises SettingsError that names the culprit."""
        environ = dict(os.environ if environ is None else environ)
        values = _read_file(environ)
        plugins = values.pop("plugins", {})
        if not isinstance(plugins, dict) or not all(isinstance(v, dict) for v in plugins.values()):
            raise SettingsError("plugins must be tables: [plugins.github] and so on")
        for name, kind in _KINDS.items():
            text = environ.get(PREFIX + name.upper())
            # Into the pods of a namespace with a Service named streamgauge, Kubernetes puts a
            # variable STREAMGAUGE_PORT of its own: tcp://10.0.0.1:80.
            if text and not text.startswith("tcp://"):
                value = text.split(",") if kind is tuple else text
                values[name] = _convert(PREFIX + name.upper(), value, kind)
        values["database_url"] = values.get("database_url") or _database_url(environ)
        return cls(**values, plugins=plugins, environ=environ)

    def for_plugin(self, name: str) -> dict[str, Any]:
        """The settings of the plugin `name`: its table, overridden by `STREAMGAUGE_<NAME>_*`.

        Keys are lower case. What comes from the environment is text.
        """
        return {**self.plugins.get(name, {}), **self.from_environment(name)}

    def from_environment(self, name: str) -> dict[str, str]:
        """Those settings of the plugin `name` that the environment has."""
        prefix = f"{PREFIX}{name.upper().replace('-', '_')}_"
        return {
            key.removeprefix(prefix).lower(): text
            for key, text in self.environ.items()
            if key.startswith(prefix) and text != ""
        }


_KINDS: dict[str, type] = {
    "database_url": str,
    "data_dir": Path,
    "host": str,
    "port": int,
    "tls_certificate": Path,
    "tls_key": Path,
    "http_workers": int,
    "max_event_bytes": int,
    "max_batch_bytes": int,
    "max_batch_events": int,
    "cdevents_mode": str,
    "cdevents_schema_dir": Path,
    "routes": str,
    "transformers": Path,
    "function_hosts": tuple,
    "function_timeout": int,
    "function_concurrency": int,
    "transformer_timeout": int,
    "webhook_origins": tuple,
    "webhook_rate": int,
    "webhook_callback_hosts": tuple,
    "ingest_tokens": tuple,
    "read_tokens": tuple,
    "admin_tokens": tuple,
    "open": tuple,
    "cors_origins": tuple,
    "rebuild": str,
    "keep_replaced": bool,
    "archive_dir": Path,
    "stop_on_error": tuple,
    "teams": Path,
}
assert set(_KINDS) == {f.name for f in fields(Settings)} - {"plugins", "environ"}
assert all(
    f.default is not MISSING or f.default_factory is not MISSING for f in fields(Settings)
), "Streamgauge starts without any setting"


def _read_file(environ: Mapping[str, str]) -> dict[str, Any]:
    named = environ.get(PREFIX + "CONFIG")
    path = Path(named or "streamgauge.toml")
    if not named and not path.exists():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name == "plugins":
            values[name] = value
        elif name not in _KINDS:
            known = ", ".join(sorted(_KINDS))
            raise SettingsError(f"{path}: there is no setting {name!r}; there are: {known}")
        else:
            values[name] = _convert(f"{path}: {name}", value, _KINDS[name])
    return values


def _convert(where: str, value: object, kind: type) -> Any:
    if kind is bool:
        text = str(value).lower() if isinstance(value, bool | str) else None
        if text not in ("true", "false"):
            raise SettingsError(f"{where} must be true or false")
        return text == "true"
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise SettingsError(f"{where} must be a whole number")
        try:
            return int(value)
        except ValueError:
            raise SettingsError(f"{where} must be a whole number, not {value!r}") from None
    if kind is tuple:
        return _texts(where, value)
    if not isinstance(value, str):
        raise SettingsError(f"{where} must be text")
    return Path(value).expanduser() if kind is Path else value


def _texts(where: str, value: object) -> tuple[str, ...]:
    """One text or a list of them. The errors do not repeat the texts: they may be secrets.

    An empty one is an error: a list of tokens must not become no tokens by a slip.
    """
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise SettingsError(f"{where} must be a text or a list of texts")
    texts = tuple(str(text).strip() for text in values)
    if "" in texts:
        raise SettingsError(f"{where} holds an empty text")
    return texts


def _database_url(environ: Mapping[str, str]) -> str | None:
    """`DATABASE_URL`, else what the proof of concept read: POSTGRESQL_HOST and POSTGRESQL_PASS."""
    if url := environ.get("DATABASE_URL"):
        return url
    if host := environ.get("POSTGRESQL_HOST"):
        password = quote(environ.get("POSTGRESQL_PASS", ""), safe="")
        return f"postgresql://postgres:{password}@{host}:5432/postgres"
    return None
