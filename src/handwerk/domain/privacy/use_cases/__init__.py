"""What can be asked about one's own data, and done about others' names."""
