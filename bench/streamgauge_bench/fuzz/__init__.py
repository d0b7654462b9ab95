"""Mutated requests through the whole application, and judges of what it answers and stores."""
