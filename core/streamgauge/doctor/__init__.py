"""Finds what is wrong with an installation: each check goes from what is known to findings.

Nothing is changed by looking. docs/reference/doctor.md lists what is looked for.
"""

from streamgauge.doctor.finding import Finding as Finding
