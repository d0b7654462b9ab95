"""Deployments from Kubernetes: what Knative's ApiServerSource sends, read for rollouts.

docs/plugins/kubernetes.md says how to point a cluster here and what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from streamgauge import Receiver, StatefulTransformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import CloudEventsReceiver, Options, Secrets, SharedSecret
from streamgauge_kubernetes.namespaces import NamespaceTransformer
from streamgauge_kubernetes.naming import Naming
from streamgauge_kubernetes.transformer import KubernetesTransformer


@hookimpl
def transformers(settings: Settings) -> Iterable[StatefulTransformer]:
    """One for workloads, `kubernetes`, and one for namespaces, `kubernetes-environments`."""
    naming = Naming.from_settings(settings.for_plugin("kubernetes"))
    return [KubernetesTransformer(naming), NamespaceTransformer(naming)]


@hookimpl
def routes() -> Mapping[str, Sequence[str]]:
    """The types of the source's mode Resource.

    Those of its mode Reference, ``dev.knative.apiserver.ref.*``, carry no object: nothing can be
    told from them.
    """
    return {
        f"dev.knative.apiserver.resource.{operation}": [
            KubernetesTransformer.name,
            NamespaceTransformer.name,
        ]
        for operation in ("add", "update", "delete")
    }


@hookimpl
def receivers(settings: Settings) -> Iterable[Receiver]:
    """``/webhooks/kubernetes``, for sources that can show a secret and no token.

    Every cluster calls its API server much the same, so the address may name it:
    ``/webhooks/kubernetes?cluster=prod-eu``.
    """
    secrets = Secrets.of(Options(settings, "kubernetes"))
    return [
        CloudEventsReceiver(
            "kubernetes",
            SharedSecret(secrets),
            ["dev.knative.apiserver."],
            extensions=["cluster"],
        )
    ]
