"""The stateless transformer: what one event of a run says."""

from __future__ import annotations

from streamgauge import CDEvent, CloudEvent
from streamgauge_tekton.options import Options
from streamgauge_tekton.origin import origin_of
from streamgauge_tekton.run import run_of
from streamgauge_tekton.runs import run_events
from streamgauge_tekton.stated import artifact_events, service_events


class TektonTransformer:
    """Tekton's events to CDEvents."""

    name = "tekton"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The run, then what it has deployed and made."""
        run = run_of(event, self._options)
        if run is None:
            return []
        origin = origin_of(run, self._options.rule)
        events = run_events(run, origin)
        if run.done in ("successful", "failed"):
            events += service_events(run, origin, self._options.rule)
        if run.done == "successful":
            events += artifact_events(run, origin)
        return events
