"""What a notification says of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge.sources.fields import instant, text, url, word

HOME: Final = "https://app.terraform.io/app"


@dataclass(frozen=True, slots=True)
class Run:
    """One step of a run, as it is told."""

    id: str
    workspace: str
    organization: str
    trigger: str
    """``run:created`` ..."""
    status: str
    """``planning``, ``applied`` ..."""
    at: datetime | None
    """When it got there."""
    page: str
    """Where it can be looked at."""

    @classmethod
    def told(cls, data: object) -> Run | None:
        """The run of a notification; None where it does not name one.

        The list of notifications has one element.
        """
        run, workspace = text(data, "run_id"), text(data, "workspace_name")
        if run is None or workspace is None:
            return None
        organization = text(data, "organization_name") or "unknown"
        return cls(
            id=run,
            workspace=workspace,
            organization=organization,
            trigger=word(data, "notifications", 0, "trigger"),
            status=word(data, "notifications", 0, "run_status"),
            at=instant(data, "notifications", 0, "run_updated_at"),
            page=url(data, "run_url")
            or f"{HOME}/{_part(organization)}/workspaces/{_part(workspace)}/runs/{_part(run)}",
        )

    @property
    def workspace_page(self) -> str:
        """Where the workspace can be looked at, which is who says all this."""
        return self.page.partition("/runs/")[0]

    @property
    def name(self) -> str:
        """What the workspace is called everywhere."""
        return f"{self.organization}/{self.workspace}"

    def custom(self) -> dict[str, Any]:
        """What customData says of every step."""
        return {"url": self.page, "workspace": self.name}


def _part(name: str) -> str:
    return quote(name, safe="")
