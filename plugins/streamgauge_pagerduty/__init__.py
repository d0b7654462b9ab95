"""PagerDuty: webhooks in, CDEvents out. docs/plugins/pagerduty.md."""
