"""Processes told apart by Linux's /proc: our children, and what a killed owner left behind."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from handwerk.adapters.embedded.account import Account
from handwerk.domain.kernel.errors import Unavailable

_LOG_BYTES = 10_000_000
_TAIL_CHARACTERS = 2_000


def start_mark(pid: int) -> str | None:
    """What tells a living process from a later one with the same pid; None where none lives."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return None if state in {"Z", "X"} else f"{boot}/{fields[18]}"


class Child:
    """A service that we started: in a session of its own, so that Ctrl-C reaches us first."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        account: Account,
        log: Path,
        words: bytes = b"",
    ) -> None:
        """Start it in `folder`; `words` go to its standard input, what it says goes to `log`."""
        self._log = log
        with _opened_log(log) as output:
            self._said_from = output.tell()
            self._process = subprocess.Popen(  # noqa: S603 - only our services are passed in
                arguments,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=minimal_environment(),
                umask=0o077,
                start_new_session=True,
                **account.identity(),
            )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(words)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def lives(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def said(self) -> str:
        """The end of what it has said since its start."""
        with self._log.open("rb") as log:
            log.seek(self._said_from)
            return log.read().decode(errors="replace")[-_TAIL_CHARACTERS:].strip()

    def comes_up(self, ready: Callable[[], bool], patience: float) -> bool:
        """Wait until `ready`; False where it ends before, `Unavailable` after `patience` s."""
        deadline = time.monotonic() + patience
        while self.lives():
            if ready():
                return True
            if time.monotonic() > deadline:
                raise Unavailable(f"A service was not ready within {patience:.0f} s: {self.said()}")
            time.sleep(0.005)
        return False

    def end(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, until it ends within that signal's seconds; at last kill."""
        for number, patience in steps:
            self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                return
        self._process.kill()
        self._process.wait()


def minimal_environment() -> dict[str, str]:
    """An environment without our secrets and without the caller's PG* variables and language."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


def end_leftovers(folder: Path, names: frozenset[str], number: signal.Signals) -> None:
    """End the processes with such a name that work in `folder`.

    Only for the owner of the data folder: what works there and is no child of ours was left by
    an owner that was killed. Raises `Unavailable` where one can't be ended.
    """
    for sent, patience in ((number, 6.0), (signal.SIGKILL, 5.0)):
        with ExitStack() as stack:
            handles = list(_handles(folder, names, stack))
            for handle in handles:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, sent)
            if _all_end(handles, patience) and not _living_in(folder, names):
                return
    raise Unavailable(f"Processes of an earlier start still work in {folder}.")


def _handles(folder: Path, names: frozenset[str], stack: ExitStack) -> Iterator[int]:
    for pid in _living_in(folder, names):
        with suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            stack.callback(os.close, handle)
            # Looked at again through the open handle: the pid may have changed hands.
            if _works_in(pid, folder, names):
                yield handle


def _living_in(folder: Path, names: frozenset[str]) -> list[int]:
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _works_in(pid, folder, names)]


def _works_in(pid: int, folder: Path, names: frozenset[str]) -> bool:
    """Whether the process lives, bears such a name and has `folder` as its working directory."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").rstrip("\n")
        # A zombie has no working directory; samefile still knows a folder that was renamed.
        return name in names and Path(f"/proc/{pid}/cwd").samefile(folder)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _all_end(handles: list[int], patience: float) -> bool:
    """Whether all processes end within `patience` seconds; they need not be our children."""
    waiting = set(handles)
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    deadline = time.monotonic() + patience
    while waiting and (left := deadline - time.monotonic()) > 0:
        for handle, _ in poll.poll(left * 1000):
            poll.unregister(handle)
            waiting.discard(handle)
    return not waiting


def _opened_log(path: Path) -> BinaryIO:
    """The log at its end; a long one was put away as `.1` before."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    log = path.open("ab")
    os.fchmod(log.fileno(), 0o600)
    return log
