"""Documents of a firm: files, the text in them, and what of a job can be read from it."""
