"""CircleCI: webhooks in, CDEvents out. docs/plugins/circleci.md."""
