"""What a child that opens somebody's file may take of this machine."""

import ctypes
import os
import resource
import signal
import sys

ADDRESS_SPACE = 3 * 2**30
LARGEST_FILE = 256 * 2**20
DESCRIPTORS = 48
NICENESS = 5
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def settle(parent: int) -> None:
    """Take the limits upon this process; it ends with its parent, and can never gain rights."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before the lines above
        os._exit(0)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_cpu(seconds: int) -> None:
    """Be killed after so many seconds of work."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
