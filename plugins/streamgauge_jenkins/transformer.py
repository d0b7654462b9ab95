"""The stateless transformer: builds to pipelinerun.*"""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent, CloudEvent
from streamgauge_jenkins.build import Build, build_of
from streamgauge_jenkins.options import Options


class JenkinsTransformer:
    """Jenkins' events to CDEvents."""

    name = "jenkins"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The build has started, or has finished, which may be said three times."""
        build = build_of(event, self._options)
        if build is None:
            return []
        content = {"pipelineName": build.job, "uri": build.address}
        if build.done == "finished" and build.outcome is not None:
            content["outcome"] = build.outcome
        return [
            build.told.occurrence(
                f"pipelinerun.{build.done}",
                *(*build.identity, build.done),
                at=build.at,
                subject=build.address,
                content=content,
                **custom_of(build),
            )
        ]


def custom_of(build: Build) -> dict[str, Any]:
    """What customData says of every build."""
    return {
        "repository": None if build.repository is None else build.repository.address,
        "commit": build.commit,
        "branch": build.branch,
        "url": build.address,
        "number": build.number,
        "result": build.result or None,
    }
