"""Why a running job has to end, and why a job can't be queued again.

A handler lets an interruption pass; only the runner catches it.
"""

from handwerk.domain.kernel.errors import Conflict


class JobInterrupted(Exception):
    """The job must end at this checkpoint."""


class Revoked(JobInterrupted):
    """Somebody revoked the job."""


class Stopping(JobInterrupted):
    """The worker stops; the job will be given back and run again from its beginning."""


class LeaseLost(JobInterrupted):
    """The lease ran out and the job may run elsewhere; what this run does counts no more."""


class TwinWaits(Conflict):
    """A job is not queued again while another of its unique key waits."""

    def __init__(self) -> None:
        super().__init__("Another task that does the same work waits already.")
