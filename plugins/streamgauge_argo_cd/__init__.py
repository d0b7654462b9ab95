"""Argo CD: webhooks in, CDEvents out. docs/plugins/argo-cd.md."""
