"""What the settings and the environment say: what does nothing, and what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from streamgauge.access import is_loopback
from streamgauge.doctor.finding import Finding
from streamgauge.errors import InvalidInput, SettingsError
from streamgauge.metrics.teams import Teams
from streamgauge.plugins import Plugins
from streamgauge.settings import PREFIX, Settings
from streamgauge.sources.authenticity import NoSecret
from streamgauge.webhooks import WebhookRequest

_OTHERS = frozenset({"CONFIG", "PG_BINDIR", "SHARED", "TEST_DATABASE_URL"})
"""What is read from the environment and is no setting."""
# Kubernetes puts these into the pods of a namespace, for each Service whose name begins so.
_OF_KUBERNETES = re.compile(r"(.*_)?(SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_\d.*)")


def settings_that_do_nothing(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """Variables and tables that nothing reads, and settings that another one makes idle."""
    # A plugin that brings commands alone is never given the settings.
    names = {each.name for each in plugins.plugins if each.brings or each.error}
    for variable in sorted(settings.environ):
        if variable.startswith(PREFIX) and not _is_read(variable.removeprefix(PREFIX), names):
            yield Finding(
                "unknown-setting",
                "nothing reads this variable",
                variable,
                "look for the name in docs/reference/settings.md, or unset it",
            )
    for name in sorted(set(settings.plugins) - names):
        yield Finding(
            "unknown-setting",
            "there is no plugin of this name",
            f"[plugins.{name}]",
            "streamgauge plugins lists those that there are; install it, or remove the table",
        )
    if settings.database_url is not None and settings.data_dir is not None:
        yield Finding(
            "idle-setting",
            "a database is named, so that there is no embedded one",
            "data_dir",
            "remove data_dir, or database_url (DATABASE_URL) to use the embedded one",
        )


def _is_read(name: str, plugins: set[str]) -> bool:
    prefixes = [f"{plugin.upper().replace('-', '_')}_" for plugin in plugins]
    return (
        name.lower() in {field.name for field in fields(Settings)} - {"plugins", "environ"}
        or name in _OTHERS
        or name.startswith(tuple(prefixes))
        or _OF_KUBERNETES.fullmatch(name) is not None
    )


def files_that_cannot_be_read(settings: Settings) -> Iterator[Finding]:
    """Files and folders that settings name."""
    for name in ("teams", "tls_certificate", "tls_key", "archive_dir"):
        path = getattr(settings, name)
        wrong = None if path is None else _what_is_wrong(name, path)
        if wrong is not None:
            yield Finding(
                "file-unreadable",
                wrong,
                f"{name} = {path}",
                f"put it there, readable for who runs the service, or unset {name}",
            )


def _what_is_wrong(name: str, path: Path) -> str | None:
    try:
        if name == "archive_dir":
            next(path.iterdir(), None)
        elif name == "teams":
            Teams.load(path)
        else:
            path.read_bytes()
    except SettingsError as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    return None


def names_of_no_stage(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """Projections that are to stop at an error, and are none."""
    for name in sorted(set(settings.stop_on_error) - set(plugins.projections)):
        yield Finding(
            "unknown-setting",
            f"there is no projection {name}; there are {', '.join(sorted(plugins.projections))}",
            "stop_on_error",
            "mend the name, or take it out",
        )


def nobody_may(settings: Settings, has_tokens: bool) -> Iterator[Finding]:
    """A service that would refuse to start, since nobody could use it."""
    in_settings = settings.ingest_tokens or settings.read_tokens
    if not (is_loopback(settings.host) or settings.open or in_settings or has_tokens):
        yield Finding(
            "no-token",
            f"serve does not start: it would listen on {settings.host}, and there is no token",
            "host",
            "streamgauge token create NAME --role admin; or say in open what needs none",
        )


def what_is_open(settings: Settings) -> Iterator[Finding]:
    """What whoever can reach the service may do without a token."""
    if not is_loopback(settings.host) and settings.open:
        yield Finding(
            "open-service",
            f"whoever reaches {settings.host} needs no token for: {', '.join(settings.open)}",
            "host, open",
            "take it out of open, and make tokens: streamgauge token create NAME --role ROLE; or"
            " set host to 127.0.0.1",
        )


def webhooks_without_a_secret(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """Receivers that are configured and refuse everything; and those that check nothing."""
    for name, receiver in plugins.receivers.items():
        configured = settings.for_plugin(name)
        if not configured:
            continue
        if str(configured.get("allow_unsigned", "")).lower() in ("true", "1", "yes"):
            if not is_loopback(settings.host):
                yield Finding(
                    "unsigned-webhooks",
                    "whoever reaches the service may deliver in the name of the tool",
                    f"plugins.{name}.allow_unsigned",
                    f"set secret in [plugins.{name}] to the tool's, and remove allow_unsigned",
                )
            continue
        try:
            receiver.receive(WebhookRequest(headers={}, body=b"", query={}))
        except NoSecret as error:
            yield Finding(
                "no-secret",
                "every delivery is refused: it is configured without a secret",
                f"[plugins.{name}]",
                error.reason,
            )
        except InvalidInput:
            pass  # it has one, and an empty delivery is none
        except Exception:  # noqa: S110 - what is wrong with a plugin is told by others
            pass
