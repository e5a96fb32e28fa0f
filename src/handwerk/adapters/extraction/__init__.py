"""Text and data out of files: PDF, images, DOCX, text, e-invoices.

What opens a file that somebody sent runs in a child process with limits (`sandbox`).
"""
