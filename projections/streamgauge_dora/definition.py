"""Definitions: what a metric counts and where its bands begin, as data in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from streamgauge.errors import SettingsError
from streamgauge.settings import Settings

DEFAULT = "dora2025"
KINDS = ("deployed", "upgraded", "rolledback")


class Definitions:
    """The definition file that the plugin's setting ``definition`` names.

    It is the name of one that ships with the package, or the path of a file. The file is read again
    at each question: who edits it need not restart anything.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = str(settings.for_plugin("dora").get("definition", DEFAULT))

    def section(self, metric: str) -> dict[str, Any]:
        """What the file says of one metric, with the definition's name and title.

        Raises SettingsError, with the file and what is wrong in it.
        """
        file = self._file()
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise SettingsError(f"the definition {file}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"the definition {file} is not TOML: {error}") from None
        for name in ("name", "title"):
            if not isinstance(document.get(name), str):
                raise SettingsError(f"the definition {file} needs a text {name!r}")
        section = document.get(metric)
        if not isinstance(section, dict):
            raise SettingsError(f"the definition {file} has no table [{metric}]")
        found = {"name": document["name"], "title": document["title"], **section}
        try:
            FrequencyDefinition.read(found)
        except ValueError as error:
            raise SettingsError(f"the definition {file}, [{metric}]: {error}") from None
        return found

    def _file(self) -> Traversable:
        if "/" in self.name or self.name.endswith(".toml"):
            return Path(self.name).expanduser()
        folder = files("streamgauge_dora").joinpath("definitions")
        file = folder.joinpath(f"{self.name}.toml")
        if not file.is_file():
            known = sorted(f.name.removesuffix(".toml") for f in folder.iterdir())
            raise SettingsError(
                f"there is no definition {self.name!r}; there are: {', '.join(known)}; "
                "or give the path of a file, such as ./ours.toml"
            )
        return file


@dataclass(frozen=True, slots=True)
class FrequencyBand:
    """A level of deployment frequency: the least that reaches it. Neither means everything."""

    name: str
    days_per_week: float | None = None
    days_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class FrequencyDefinition:
    """What deployment frequency counts, and its bands from the best down."""

    name: str
    counts: Sequence[str]
    bands: Sequence[FrequencyBand]

    @classmethod
    def read(cls, section: Mapping[str, Any]) -> FrequencyDefinition:
        """Raises ValueError for a section that is not one."""
        counts = section.get("counts")
        if not isinstance(counts, list) or not counts or not set(counts) <= set(KINDS):
            raise ValueError(f"counts must be a list of some of {', '.join(KINDS)}")
        bands = section.get("bands")
        if not isinstance(bands, list) or not bands:
            raise ValueError("there must be at least one [[bands]]")
        return cls(str(section["name"]), tuple(counts), tuple(_band(band) for band in bands))


def _band(band: Any) -> FrequencyBand:
    limits = {"days_per_week", "days_per_month"}
    if not isinstance(band, dict) or not isinstance(band.get("name"), str):
        raise ValueError("each of the bands needs a text 'name'")
    if unknown := set(band) - limits - {"name"}:
        raise ValueError(f"a band has no {', '.join(sorted(unknown))}")
    for name in limits & set(band):
        if isinstance(band[name], bool) or not isinstance(band[name], int | float):
            raise ValueError(f"{name} must be a number")
    return FrequencyBand(**band)
