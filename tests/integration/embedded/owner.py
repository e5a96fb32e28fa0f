"""A process that owns a data folder, to be killed: prints its endpoints, ends at end of input.

Arguments: the data folder, the folder for services elsewhere, and the user id to run as.
"""

import encodings.idna  # noqa: F401 - loaded before the user changes, who may not get at it
import os
import sys
from pathlib import Path

import msgspec

from handwerk.adapters.embedded import DataFolder, EmbeddedServices

path, elsewhere, uid = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if uid != os.getuid():
    # Not when the process is started: the interpreter may lie below root's closed home.
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)

with DataFolder.open(path) as folder:
    services = EmbeddedServices(folder, elsewhere=elsewhere)
    try:
        endpoints = services.start()
        folder.write_run_file("http://127.0.0.1:8000", "token")
        sys.stdout.buffer.write(msgspec.json.encode(endpoints) + b"\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        services.stop()
