"""OCI distribution registries: webhooks in, CDEvents out. docs/plugins/distribution.md."""
