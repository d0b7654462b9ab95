"""What a check finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, where, and what mends it."""

    check: str
    """A name that stays the same: docs/reference/doctor.md has them all."""
    what: str
    where: str
    """A setting, a stage, a plugin, a source."""
    mend: str
    """The command or the setting that mends it."""

    def as_json(self) -> dict[str, str]:
        """The fields."""
        return asdict(self)
