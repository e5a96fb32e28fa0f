"""A walk over every operation of a running server, which leaves nothing behind."""
