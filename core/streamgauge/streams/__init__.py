"""The two logs: appending without gaps or doubles, reading in order, and who has read how far."""
