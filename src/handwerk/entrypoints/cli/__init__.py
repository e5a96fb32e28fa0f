"""The command line: it talks to a running server, or opens the data folder itself."""
