"""Spinnaker: webhooks in, CDEvents out. docs/plugins/spinnaker.md."""
