"""Streamgauge over HTTP: ingestion and metric queries, as one Falcon ASGI application."""
