"""Testkube and whatever else sends CDEvents: webhooks in, CDEvents out. docs/plugins/native.md."""
