"""Transformers without Python: a YAML file says which CDEvents come of a CloudEvent.

docs/how-to/map-events-in-yaml.md goes through one. It needs the extra ``cel``.
"""

from streamgauge.declarative.document import Document, files_in, read_file, read_text
from streamgauge.declarative.trying import Failed, try_out

__all__ = ["Document", "Failed", "files_in", "read_file", "read_text", "try_out"]
