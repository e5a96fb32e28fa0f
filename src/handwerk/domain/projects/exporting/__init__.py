"""Export of projects as a table that can be imported again."""
