"""Old payloads in files: written, read back, put back and checked (docs/decisions/0027)."""
