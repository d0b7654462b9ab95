"""GitLab: webhooks in, CDEvents out. docs/plugins/gitlab.md."""
