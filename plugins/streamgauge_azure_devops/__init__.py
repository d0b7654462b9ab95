"""Azure DevOps: webhooks in, CDEvents out. docs/plugins/azure-devops.md."""
