"""From the CloudEvents log to the CDEvents log: routes, transformers, the router."""
