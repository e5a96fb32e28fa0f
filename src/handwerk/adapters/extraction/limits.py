"""What a child that opens somebody's file may take of this machine."""

import ctypes
import os
import resource
import signal
import sys

ADDRESS_SPACE = 3 * 2**30
LARGEST_FILE = 256 * 2**20
DESCRIPTORS = 48
# Documents wait while people are answered.
NICENESS = 15
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def settle(parent: int) -> None:
    """Have this process end with its parent; it can never gain rights, and is nice to others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _end_with(parent)
    os.nice(NICENESS)


def restrict(parent: int) -> None:
    """Take the limits upon this process, which `parent` has forked and ends with."""
    _end_with(parent)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        os._exit(0)


def limit_cpu(seconds: int) -> None:
    """Be killed after so many seconds of work."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
