"""Deleted projects, kept for thirty days so that a slip of the hand is no loss."""
