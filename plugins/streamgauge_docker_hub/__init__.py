"""Docker Hub: webhooks in, CDEvents out. docs/plugins/docker-hub.md."""
