"""What happened before today, from GitHub's REST API, as the webhooks that would have told it."""
