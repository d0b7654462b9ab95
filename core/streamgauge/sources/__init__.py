"""What sources share: reading payloads, checking deliveries, making CDEvents.

It knows no tool. docs/reference/sources.md describes it.
"""

from streamgauge.sources.alerts import Alerting
from streamgauge.sources.authenticity import (
    ByHeader,
    Check,
    Secrets,
    SharedSecret,
    Signed,
    StandardWebhooks,
)
from streamgauge.sources.deploying import Deployment, DeploymentTransformer, DeployRule
from streamgauge.sources.deployments import Deployments
from streamgauge.sources.images import Image, parse_image
from streamgauge.sources.incidents import Places, incident
from streamgauge.sources.moments import moment
from streamgauge.sources.native import CDEventsReceiver, received_cdevents
from streamgauge.sources.occurrences import Told
from streamgauge.sources.options import Names, Options
from streamgauge.sources.pushes import commit, commits_pushed, directories
from streamgauge.sources.receiving import (
    CloudEventsReceiver,
    Delivery,
    WebhookReceiver,
    attribute,
    body_of,
    digest,
    event_of,
    json_object,
    needed_header,
)
from streamgauge.sources.registries import commit_of_tag, image_events
from streamgauge.sources.repositories import Repository, artifact, repository_at
from streamgauge.sources.tickets import turns

__all__ = [
    "Alerting",
    "ByHeader",
    "CDEventsReceiver",
    "Check",
    "CloudEventsReceiver",
    "Delivery",
    "DeployRule",
    "Deployment",
    "DeploymentTransformer",
    "Deployments",
    "Image",
    "Names",
    "Options",
    "Places",
    "Repository",
    "Secrets",
    "SharedSecret",
    "Signed",
    "StandardWebhooks",
    "Told",
    "WebhookReceiver",
    "artifact",
    "attribute",
    "body_of",
    "commit",
    "commit_of_tag",
    "commits_pushed",
    "digest",
    "directories",
    "event_of",
    "image_events",
    "incident",
    "json_object",
    "moment",
    "needed_header",
    "parse_image",
    "received_cdevents",
    "repository_at",
    "turns",
]
