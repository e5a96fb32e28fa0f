"""How fast handwerk's API is, beside the fastest that the same stack could be.

    python benchmarks/http.py [--quick]

Starts everything itself on a temporary folder and free ports, and removes it. See README.md here.
"""
# ruff: noqa: A005  # the name is the one that people look for; see below

import sys
from pathlib import Path

# Run as a script, this folder would come first on the path, and this file would be taken for the
# standard library's `http`.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks._comparison import main  # noqa: E402  # only now on the path

if __name__ == "__main__":
    main()
