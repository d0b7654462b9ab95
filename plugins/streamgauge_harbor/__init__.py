"""Harbor: webhooks in, CDEvents out. docs/plugins/harbor.md."""
