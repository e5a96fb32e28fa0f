"""Import of projects from a table: text, rows, columns, readings, and the use case over them."""
