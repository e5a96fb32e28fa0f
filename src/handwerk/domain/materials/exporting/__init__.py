"""Export of materials and their prices as a table that can be imported again."""
