"""Bitbucket, Cloud and Data Center: webhooks in, CDEvents out. docs/plugins/bitbucket.md."""
