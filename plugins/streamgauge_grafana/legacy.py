"""The alerting that Grafana had before version 11: a rule's state, without a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Alerting, Told, incident
from streamgauge.sources.alerts import labels_of
from streamgauge.sources.fields import ident, stamp, text, url, word
from streamgauge.sources.incidents import Done

_DONE: Final[dict[str, Done]] = {"alerting": "detected", "ok": "resolved"}
"""``no_data``, ``paused`` and ``pending`` neither begin an incident nor end one."""


class LegacyTransformer:
    """An incident from when a rule alerts until it is ok.

    The state is when the rule began to alert: that tells one incident of it from the next.
    """

    name = "grafana-legacy"

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    def state_key(self, event: CloudEvent) -> str | None:
        """The rule, where it alerts or is ok."""
        data = event.get_data()
        rule = ident(data, "ruleId")
        if rule is None or word(data, "state") not in _DONE:
            return None
        return f"{event.get_source()}/alerting/{rule}"

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One CDEvent where the state is another one than before."""
        rule, data = self.state_key(event), event.get_data()
        done = _DONE.get(word(data, "state"))
        if rule is None or done is None or (done == "resolved") is (state is None):
            return [], state
        title = text(data, "ruleName") or text(data, "title")
        labels = {**({"alertname": title} if title else {}), **labels_of(data, "tags")}
        if not self._alerting.is_incident(labels):
            return [], state
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        began = stamp(time) if state is None else str(state["began"])
        environment, service = self._alerting.where(labels)
        made = incident(
            Told(event.get_source(), time),
            done,
            at=None,
            subject=f"{rule}/{began}",
            environment=environment,
            service=service,
            title=title,
            labels=[f"{name}={value}" for name, value in labels.items()],
            url=url(data, "ruleUrl"),
        )
        return [made], {"began": began} if done == "detected" else None
