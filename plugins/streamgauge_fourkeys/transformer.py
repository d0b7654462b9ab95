"""The stateless transformer: builds are pipeline runs, and push images."""

from __future__ import annotations

from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources.fields import instant, text
from streamgauge_fourkeys.builds import OUTCOMES, Build, build_of

_DONE: Final = {"pending": "queued", "queued": "queued", "working": "started"}
_TIMES: Final = {"queued": "createTime", "started": "startTime", "finished": "finishTime"}


class BuildTransformer:
    """pipelinerun.queued, started and finished, and artifact.published for what was pushed."""

    name = "fourkeys"

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for Argo CD's, which know nothing of runs."""
        build = build_of(event)
        if build is None:
            return []
        outcome = OUTCOMES.get(build.status)
        done = "finished" if outcome is not None else _DONE.get(build.status)
        if done is None:
            return []
        published = _published(build) if outcome == "success" else []
        return [_run(build, done, outcome), *published]


def _run(build: Build, done: str, outcome: str | None) -> CDEvent:
    reason = text(build.data, "failureInfo", "detail") or text(build.data, "statusDetail")
    return build.told.occurrence(
        f"pipelinerun.{done}",
        *(build.subject, done),
        at=instant(build.data, _TIMES[done]),
        subject=build.subject,
        content={
            "pipelineName": build.pipeline,
            "uri": build.page,
            "outcome": outcome,
            "errors": reason if done == "finished" and outcome != "success" else None,
        },
        **build.custom,
    )


def _published(build: Build) -> list[CDEvent]:
    return [
        build.told.occurrence(
            "artifact.published",
            *(package_url, "published"),
            at=instant(each, "pushTiming", "endTime") or instant(build.data, "finishTime"),
            subject=package_url,
            **build.custom,
            digest=digest,
        )
        for package_url, digest, each in build.images
    ]
