"""Tekton: webhooks in, CDEvents out. docs/plugins/tekton.md."""
