"""`handwerk worker` as a process. Arguments: the two URLs, namespace, processes, threads."""

import logging
import sys
from functools import partial

from tests.integration.jobs.parts import GRACE, build

from handwerk.domain.jobs.model import Queue
from handwerk.entrypoints.worker.main import work

if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    database_url, redis_url, namespace, processes, threads = sys.argv[1:]
    work(
        partial(build, database_url, redis_url, namespace),
        queues=tuple(Queue),
        processes=int(processes),
        threads=int(threads),
        grace=GRACE,
    )
