"""Argo Rollouts: webhooks in, CDEvents out. docs/plugins/argo-rollouts.md."""
