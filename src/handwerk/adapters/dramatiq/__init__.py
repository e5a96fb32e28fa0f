"""Dramatiq on Redis: carries the ids of jobs to the threads that run them, and nothing else.

PostgreSQL knows every job, its lease, its tries. So no message here is precious: one that is lost
is handed over again, one that comes twice finds its job started.
"""

from handwerk.adapters.dramatiq.handing import DramatiqBroker
from handwerk.adapters.dramatiq.worker import DramatiqWorker

__all__ = ["DramatiqBroker", "DramatiqWorker"]
