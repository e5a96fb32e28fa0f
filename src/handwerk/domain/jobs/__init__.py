"""A unit of work to be done later: states, progress, schedule."""
