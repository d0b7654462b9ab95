"""Which deployments failed, why that is known, and when it was over."""
