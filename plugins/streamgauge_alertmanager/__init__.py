"""Alertmanager: webhooks in, CDEvents out. docs/plugins/alertmanager.md."""
