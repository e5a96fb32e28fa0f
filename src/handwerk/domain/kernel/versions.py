"""Optimistic locking: a change says which versions of a record it was meant for."""

from handwerk.domain.kernel.errors import StaleVersion

# The versions that a change is meant for; `None` where any will do.
Expected = frozenset[int] | None


def refuse_if_stale(version: int, expected: Expected) -> None:
    """Raise `StaleVersion` if the change was meant for another version."""
    if expected is not None and version not in expected:
        raise StaleVersion(f"The record has changed meanwhile; it is at version {version}.")
