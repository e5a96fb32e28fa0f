"""XLSX workbooks: read in a child process with limits, written piece by piece."""
