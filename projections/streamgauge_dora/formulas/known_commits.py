"""Which deployments are of a known commit: the others cannot be looked into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from psycopg.sql import SQL

from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.formulas import deployments

KNOWN: Final = "deployment with a known commit"
UNKNOWN: Final = "deployment without a known commit"
MARKS: Final = (KNOWN, UNKNOWN)

# Most say it themselves, and need not be looked for.
_HAS_COMMIT: Final = """
d.commit_sha is not null or d.artifact_commit is not null or
exists (select from {deployment_commits} c
        where c.deployment_id = d.deployment_id and c.tenant = d.tenant)
"""


def load(scope: Scope) -> Iterator[Item]:
    """The deployments that count, marked; those of no known commit, and elsewhere, are left out."""
    known = SQL("case when {} then 'known' else 'unknown' end").format(
        SQL(_HAS_COMMIT).format(**scope.tables)
    )
    for item in deployments.load(scope, mark=known):
        if item.left_out is None:
            unknown = item.mark == "unknown"
            yield item._replace(
                mark=UNKNOWN if unknown else KNOWN, left_out="no_commit" if unknown else None
            )
        elif item.left_out == deployments.NOT_PRODUCTION:
            yield item._replace(mark="")


def coverage(items: Sequence[Item]) -> Mapping[str, Any]:
    """Of how many deployments the commit is known."""
    found = {mark: sum(item.n for item in items if item.mark == mark) for mark in MARKS}
    return {"coverage": {"deployments": sum(found.values()), "with_commit": found[KNOWN]}}
