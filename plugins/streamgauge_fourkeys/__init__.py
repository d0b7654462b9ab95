"""The events of Google's fourkeys: webhooks in, CDEvents out. docs/plugins/fourkeys.md."""
