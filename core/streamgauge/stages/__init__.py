"""Everything derived is a stage with builds: the log of CDEvents, facts, metrics' tables."""
