"""What the service tells of itself: requests are counted on their way, and told at ``/metrics``.

`Telemetry` (middleware) counts, `Metrics` (resource) tells; `described` lists every metric.
"""
