"""What is done with jobs: running them, handing them out, watching them."""
