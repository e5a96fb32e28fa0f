"""What operators read of the jobs in the log."""

import logging
import traceback
from contextlib import nullcontext

from handwerk.domain.jobs.model import Status
from handwerk.domain.jobs.outcome import told
from handwerk.domain.jobs.use_cases.running import Ended
from handwerk.domain.kernel import trace

logger = logging.getLogger("handwerk.jobs")
_WENT_WRONG = {Status.FAILURE, Status.RETRY}


def log_ended(ended: Ended) -> None:
    """Log how a run ended; of an error, where it arose and what people are told of it.

    An exception's own text is not logged, since it may hold what nobody should read.
    """
    run, outcome = ended.run, ended.outcome
    level = logging.WARNING if outcome.status in _WENT_WRONG else logging.INFO
    # The line belongs to the trace of whatever caused the job.
    with trace.within(run.traceparent) if run.traceparent else nullcontext():
        logger.log(
            level,
            "job %s (%s, try %d, trace %s) %s after %.3f s%s%s",
            run.id,
            run.kind,
            run.attempts,
            trace.trace_id(run.traceparent) or "-",
            outcome.status,
            ended.seconds,
            "" if ended.noted else ", but it was taken from this worker",
            _error(ended),
        )


def log_notice(sentence: str) -> None:
    """Log what the relay says: that a part is away, or back."""
    logger.warning(sentence)


def _error(ended: Ended) -> str:
    if ended.error is None:
        return f": {ended.outcome.error}" if ended.outcome.error else ""
    if ended.outcome.status not in _WENT_WRONG:  # revoked, or given back at the end of the worker
        return f": {told(ended.error)}"
    frames = "".join(traceback.format_tb(ended.error.__traceback__))
    return f": {told(ended.error)}\n{frames}".rstrip()
