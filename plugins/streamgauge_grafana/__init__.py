"""Grafana alerting: webhooks in, CDEvents out. docs/plugins/grafana.md."""
