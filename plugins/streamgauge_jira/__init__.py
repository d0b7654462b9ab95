"""Jira: webhooks in, CDEvents out. docs/plugins/jira.md."""
