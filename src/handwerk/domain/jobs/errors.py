"""Why a running job has to end. A handler lets these pass; only the runner catches them."""


class JobInterrupted(Exception):
    """The job must end at this checkpoint."""


class Revoked(JobInterrupted):
    """Somebody revoked the job."""


class Stopping(JobInterrupted):
    """The worker stops; the job will be given back and run again from its beginning."""


class LeaseLost(JobInterrupted):
    """The lease ran out and the job may run elsewhere; what this run does counts no more."""
