"""A server child on a free port of the loopback address."""

import socket
from collections.abc import Callable

from handwerk.adapters.embedded.processes import Child
from handwerk.domain.kernel.errors import Unavailable

LOOPBACK = "127.0.0.1"
_TAKEN = "Address already in use"
_ATTEMPTS = 10
# Recovery after a hard kill reads the log since the last checkpoint (1 GB at most).
_PATIENCE = 120.0


def start_listening(
    launch: Callable[[int], Child], ready: Callable[[Child, int], bool], port: int | None
) -> tuple[Child, int]:
    """Launch on `port` where it is given and free, else on any free one; wait until ready.

    Between finding a port and binding it another process may take it: then the child says so
    and ends, and another port is tried. Raises `Unavailable` with the child's last words.
    """
    for _ in range(_ATTEMPTS):
        chosen = port or _free_port()
        child = launch(chosen)
        if _is_up(child, chosen, ready):
            return child, chosen
        if _TAKEN not in child.said():
            raise Unavailable(f"A service ended while starting: {child.said()}")
        port = None
    raise Unavailable(f"No port could be had on {LOOPBACK} in {_ATTEMPTS} attempts.")


def _is_up(child: Child, port: int, ready: Callable[[Child, int], bool]) -> bool:
    try:
        return child.comes_up(lambda: ready(child, port), _PATIENCE)
    except BaseException:
        child.end()
        raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
