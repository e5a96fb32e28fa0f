"""Redis: counts that all processes share."""
