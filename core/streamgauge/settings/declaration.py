"""The settings that there are: the reference, docs/reference/settings.md, is made of this module.

Each docstring is a row of its table, with its links as they stand there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamgauge.settings import checks, reading


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set; `Settings.load` reads it."""

    database_url: str | None = field(default=None, repr=False)
    """A PostgreSQL 15 to 18, `postgresql://user:password@host:5432/database`; without it the
    embedded one is used. The variable `DATABASE_URL` sets it too, and so do `POSTGRESQL_HOST` and
    `POSTGRESQL_PASS`, which the proof of concept read."""
    data_dir: Path | None = None
    """Where the embedded PostgreSQL keeps its data; without it in the user's data folder, for root
    in `/var/lib/streamgauge`."""
    host: str = "127.0.0.1"
    """The address that `serve` listens on."""
    port: int = 8080
    """The port; 0 takes a free one."""
    tls_certificate: Path | None = None
    """A PEM file, the certificate with its chain; with `tls_key`, `serve` speaks HTTPS, TLS 1.2 or
    newer. Where an ingress or a proxy ends TLS, leave both out."""
    tls_key: Path | None = None
    """A PEM file, its private key without a passphrase."""
    http_workers: int = 2
    """How many processes answer HTTP."""
    max_event_bytes: int = 8 * 1024 * 1024
    """The largest event or webhook body; at least 65,536."""
    max_batch_bytes: int = 32 * 1024 * 1024
    """The largest batch body."""
    max_batch_events: int = 10_000
    """How many events a batch may hold."""
    cdevents_mode: str = "compat"
    """What becomes of a CDEvent that [deviates](../stages/gate.md#two-modes) from the
    specification: `compat` takes it and notes what deviates, `strict` refuses it."""
    cdevents_schema_dir: Path | None = None
    """A folder of JSON Schemas of draft 2020-12 (`*.json`, told apart by `$id`) in which the
    `schemaUri` of an event is looked up; nothing is ever fetched."""
    routes: str | None = None
    """A YAML file with a [routing table](../stages/router.md#routes), types and rules; an
    [edit needs no restart](../stages/router.md#a-changed-table). `CE_ROUTES` holds one inline."""
    transformers: Path | None = None
    """A YAML file, or a folder of them, with
    [declarative transformers](../how-to/map-events-in-yaml.md); read anew when they change."""
    function_hosts: tuple[str, ...] = ()
    """A list: the hosts on which [functions](../stages/router.md#functions) may be, DNS names and
    `*.example.com` for the names below one. Without it they are those of the operator's own table.
    Where it is set, it holds for the operator's table too; where not, URLs in plugins' routes are
    not called."""
    function_timeout: int = 10
    """Seconds for one event's call of a function, all tries together; 1 to 20."""
    function_concurrency: int = 8
    """How many events are sent to functions at once; 1 to 64."""
    transformer_timeout: int = 10
    """Seconds that a plugin's transformer has for one event; 1 to 20."""
    webhook_origins: tuple[str, ...] = ("*",)
    """A list: which [origins](http.md#webhooks-as-cloudevents-has-them) may deliver: DNS names,
    `*.example.com` for all names below one, or `*` for all."""
    webhook_rate: int | None = None
    """How many deliveries a minute an origin may make, in each HTTP process; without it, any
    number."""
    webhook_callback_hosts: tuple[str, ...] = ()
    """A list: the hosts that a handshake may have called back."""
    ingest_tokens: tuple[str, ...] = field(default=(), repr=False)
    """A list: [tokens](http.md#tokens) with the role `ingest`, each of at least 16 characters,
    beside those of `streamgauge token`; several while one is being changed."""
    read_tokens: tuple[str, ...] = field(default=(), repr=False)
    """The same with the role `read`."""
    admin_tokens: tuple[str, ...] = field(default=(), repr=False)
    """The same with the role `admin`, for [replays](http.md#replays), retries and
    [corrections](http.md#corrections)."""
    open: tuple[str, ...] = ()
    """The roles that need no token: `ingest`, `read` or both. Where it is not set and there has
    never been a token, everything is [open on a loopback address](http.md#who-may), and on another
    one `serve` does not start."""
    cors_origins: tuple[str, ...] = ()
    """A list: the origins of pages elsewhere whose scripts may ask, such as
    `https://portal.example.com`; `*` for any."""
    rebuild: str = "automatic"
    """What happens when another version of a projection or metric, or another definition, is there
    than what its tables were made with: the worker makes them anew (`automatic`), or `status` says
    so and nothing happens (`by-command`)."""
    keep_replaced: bool = True
    """Whether what a replay has replaced is kept until the next one, so that `replay --rollback`
    can go back to it; it takes as much space again."""
    archive_dir: Path | None = None
    """The folder of the [archive](../how-to/keep-the-log-small.md): replays, the router and exports
    read archived payloads there."""
    stop_on_error: tuple[str, ...] = ()
    """A list: the projections that stop at an event which they cannot fold, until it is mended or
    skipped, instead of parking it and going on."""
    teams: Path | None = None
    """A TOML file that says which services and repositories are which [team's](teams.md), and from
    when until when; an edit needs no restart."""
    url: str = "http://127.0.0.1:8080"
    """The service that [`streamgauge query`](command-line.md#query) asks; perhaps with a path."""
    token: str | None = field(default=None, repr=False)
    """The [token](http.md#tokens) that `query` shows to it, with the role `read`."""
    log_format: str = "text"
    """How lines are written to standard error: `text`, or `json`, an
    [object on each line](telemetry.md#logs)."""
    otlp_endpoint: str | None = None
    """Where [traces](telemetry.md#traces) go, by OTLP over HTTP: `http://collector:4318`; it takes
    the extra `otel`. Without it there are no traces."""
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """The file's `[plugins.NAME]` tables; a plugin reads its own with `for_plugin`."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The environment these settings were read from."""

    def __post_init__(self) -> None:
        checks.check(self)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the file and the environment. Raises SettingsError that names the culprit."""
        environ = dict(os.environ if environ is None else environ)
        return cls(**reading.read(environ, reading.kinds_of(cls)), environ=environ)

    def for_plugin(self, name: str) -> dict[str, Any]:
        """The settings of the plugin `name`: its table, overridden by `STREAMGAUGE_<NAME>_*`.

        Keys are lower case. What comes from the environment is text.
        """
        return {**self.plugins.get(name, {}), **self.from_environment(name)}

    def from_environment(self, name: str) -> dict[str, str]:
        """Those settings of the plugin `name` that the environment has."""
        prefix = f"{reading.PREFIX}{name.upper().replace('-', '_')}_"
        return {
            key.removeprefix(prefix).lower(): text
            for key, text in self.environ.items()
            if key.startswith(prefix) and text != ""
        }
