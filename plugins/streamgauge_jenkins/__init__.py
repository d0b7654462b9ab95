"""Jenkins: webhooks in, CDEvents out. docs/plugins/jenkins.md."""
