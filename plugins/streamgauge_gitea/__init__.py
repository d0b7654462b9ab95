"""Gitea and Forgejo: webhooks in, CDEvents out. docs/plugins/gitea.md."""
