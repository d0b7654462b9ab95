"""Deployments from Kubernetes: what Knative's ApiServerSource sends, read for rollouts.

docs/plugins/kubernetes.md says how to point a cluster here and what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from streamgauge import StatefulTransformer, hookimpl
from streamgauge.settings import Settings
from streamgauge_kubernetes.naming import Naming
from streamgauge_kubernetes.transformer import KubernetesTransformer


@hookimpl
def transformers(settings: Settings) -> Iterable[StatefulTransformer]:
    """The one transformer of this plugin, `kubernetes`."""
    return [KubernetesTransformer(Naming.from_settings(settings.for_plugin("kubernetes")))]


@hookimpl
def routes() -> Mapping[str, Sequence[str]]:
    """The types of the source's mode Resource.

    Those of its mode Reference, ``dev.knative.apiserver.ref.*``, carry no object: nothing can be
    told from them.
    """
    return {
        f"dev.knative.apiserver.resource.{operation}": ["kubernetes"]
        for operation in ("add", "update", "delete")
    }
