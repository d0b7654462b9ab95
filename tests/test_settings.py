"""Settings: one place, errors that name the culprit, secrets that do not show."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings

ROOT = Path(__file__).parent.parent


def test_it_starts_without_any_setting() -> None:
    settings = Settings.load({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8080, None)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sg.toml"
    path.write_text(
        'port = 1\nhttp_workers = 3\n[plugins.github]\nsecret = ["new", "old"]\nkept = 1\n'
    )
    settings = Settings.load(
        {
            "STREAMGAUGE_CONFIG": str(path),
            "STREAMGAUGE_PORT": "2",
            "STREAMGAUGE_GITHUB_SECRET": "environment",
        }
    )
    assert (settings.port, settings.http_workers) == (2, 3)
    assert settings.for_plugin("github") == {"secret": "environment", "kept": 1}


def test_what_kubernetes_puts_into_the_environment_is_no_setting() -> None:
    settings = Settings.load({"STREAMGAUGE_PORT": "tcp://10.0.0.1:80", "STREAMGAUGE_HOST": ""})
    assert (settings.port, settings.host) == (8080, "127.0.0.1")


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"DATABASE_URL": "postgresql://a"}, "postgresql://a"),
        ({"STREAMGAUGE_DATABASE_URL": "postgresql://b", "DATABASE_URL": "postgresql://a"},
         "postgresql://b"),
        ({"POSTGRESQL_HOST": "db", "POSTGRESQL_PASS": "p@ss/"},
         "postgresql://postgres:p%40ss%2F@db:5432/postgres"),
    ],
)  # fmt: skip
def test_which_database(environ: dict[str, str], url: str) -> None:
    assert Settings.load(environ).database_url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "no setting 'prot'; there are: .*port"),
        ("port = 'x'", "port must be a whole number, not 'x'"),
        ("port = true", "port must be a whole number"),
        ("port = 70000", "between 0 and 65535"),
        ("host = 1", "host must be text"),
        ("port = ", "not TOML"),
        ("max_event_bytes = 1000", "at least 65536"),
        ("max_event_bytes = 99999999", "must not be smaller"),
        ("http_workers = 0", "at least 1"),
        ("webhook_rate = 0", "webhook_rate must be at least 1"),
        ("webhook_origins = 1", "webhook_origins must be a text or a list of texts"),
        ("webhook_origins = ['a.example', 1]", "must be a text or a list of texts"),
        ("webhook_origins = ['https://a.example']", "DNS names .*, not 'https://a.example'"),
        ("webhook_origins = ['a.*.example']", "DNS names"),
        ("webhook_origins = ['**']", "DNS names"),
        ("webhook_callback_hosts = ['*']", "webhook_callback_hosts holds DNS names, not '\\*'"),
        ("webhook_callback_hosts = 'a.example:8443'", "DNS names"),
        ("function_hosts = ['*']", "function_hosts holds DNS names or .*, not '\\*'"),
        ("function_hosts = ['http://a.example']", "function_hosts holds DNS names"),
        ("function_timeout = 0", "function_timeout must be between 1 and 20"),
        ("transformer_timeout = 21", "transformer_timeout must be between 1 and 20"),
        ("function_concurrency = 65", "function_concurrency must be between 1 and 64"),
        ("ingest_tokens = ''", "ingest_tokens holds an empty text"),
        ("ingest_tokens = ['long enough to be one', ' ']", "ingest_tokens holds an empty text"),
        ("plugins = 1", r"\[plugins.github\]"),
        ("[plugins]\ngithub = 1", r"\[plugins.github\]"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "sg.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=said):
        Settings.load({"STREAMGAUGE_CONFIG": str(path)})


def test_a_named_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(SettingsError, match="/nowhere"):
        Settings.load({"STREAMGAUGE_CONFIG": "/nowhere"})


def test_secrets_do_not_show() -> None:
    settings = Settings.load(
        {"DATABASE_URL": "postgresql://u:hidden@h/d", "STREAMGAUGE_GITHUB_SECRET": "hidden"}
    )
    assert "hidden" not in repr(settings)


def test_a_list_is_one_text_or_several(tmp_path: Path) -> None:
    path = tmp_path / "sg.toml"
    path.write_text('webhook_origins = "a.example"\nwebhook_callback_hosts = ["b.example", "C"]\n')
    environ = {"STREAMGAUGE_CONFIG": str(path)}
    settings = Settings.load(environ)
    assert settings.webhook_origins == ("a.example",)
    assert settings.webhook_callback_hosts == ("b.example", "C")
    environ["STREAMGAUGE_WEBHOOK_ORIGINS"] = "*.example.com , d.example"
    assert Settings.load(environ).webhook_origins == ("*.example.com", "d.example")


def test_without_settings_every_origin_may_deliver_at_any_rate() -> None:
    settings = Settings.load({})
    assert (settings.webhook_origins, settings.webhook_rate) == (("*",), None)
    assert (settings.webhook_callback_hosts, settings.ingest_tokens) == ((), ())


def test_tokens_do_not_show() -> None:
    settings = Settings.load(
        {"STREAMGAUGE_INGEST_TOKENS": "hidden-and-long-enough,another-hidden-1"}
    )
    assert settings.ingest_tokens == ("hidden-and-long-enough", "another-hidden-1")
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("text", ["hidden", "a-token-that-is-long-enough,hidden", "hidden,"])
def test_a_bad_token_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError, match=r"(?i)ingest_tokens") as caught:
        Settings.load({"STREAMGAUGE_INGEST_TOKENS": text})
    assert "hidden" not in str(caught.value)


def test_the_reference_lists_every_setting() -> None:
    reference = (ROOT / "docs/reference/settings.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE))
    assert documented == {f.name for f in fields(Settings)} - {"plugins", "environ"}
    for name in documented:
        assert f"`STREAMGAUGE_{name.upper()}`" in reference
