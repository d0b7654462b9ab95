"""The live feed: what comes into a log, as server-sent events, to any number of viewers.

`broadcast` keeps what is new and knows where each viewer is; `feed` reads a log for it while
somebody watches; `stream` is what one viewer is sent (docs/decisions/0025).
"""
