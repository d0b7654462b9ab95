"""Flux: webhooks in, CDEvents out. docs/plugins/flux.md."""
