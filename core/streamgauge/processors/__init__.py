"""Processors read a log from their tracked position: the router, and each projection."""
