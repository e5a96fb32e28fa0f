"""What can be done with the search: asking it, and keeping its index."""
