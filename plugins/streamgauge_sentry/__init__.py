"""Sentry: webhooks in, CDEvents out. docs/plugins/sentry.md."""
