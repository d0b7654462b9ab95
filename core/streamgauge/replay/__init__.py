"""Replay: a chain of new builds beside the current ones, compared, swapped in, swapped back."""
