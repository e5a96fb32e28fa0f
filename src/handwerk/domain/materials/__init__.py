"""What the firm builds with, and what it costs: by day, and by region."""
