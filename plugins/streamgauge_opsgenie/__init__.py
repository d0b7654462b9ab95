"""Opsgenie: webhooks in, CDEvents out. docs/plugins/opsgenie.md."""
