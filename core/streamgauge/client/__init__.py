"""Asks a running service from Python, with no more than the base install.

`Client` has a method for what is asked often, and `raw` for the rest; answers are types of
`streamgauge.shapes`. docs/reference/client.md is the reference.
"""

from streamgauge.client.client import Client
from streamgauge.client.events import Sent
from streamgauge.client.questions import ListQuestion, Question
from streamgauge.errors import ProblemAnswer, ServiceUnreachable, UnexpectedAnswer

__all__ = [
    "Client",
    "ListQuestion",
    "ProblemAnswer",
    "Question",
    "Sent",
    "ServiceUnreachable",
    "UnexpectedAnswer",
]
