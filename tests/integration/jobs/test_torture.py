"""Everything is killed at random, and every job has its effect exactly once."""

import sys
from pathlib import Path
from secrets import randbelow

from tests.integration.databases import DatabaseUrls
from tests.integration.jobs.torture import Torture
from tests.integration.jobs.yard import opened_yard

from handwerk.adapters.embedded import DataFolder, EmbeddedServices


async def test_jobs_under_torture_have_their_effect_exactly_once(data_path: Path) -> None:
    """Workers, relays, Redis and PostgreSQL are killed; no job is lost, none is done twice."""
    with DataFolder.open(data_path) as folder:
        services = EmbeddedServices(folder)
        started = services.start()
        assert started.database_url
        assert started.database_owner_url
        assert started.redis_url
        urls = DatabaseUrls(started.database_owner_url, started.database_url)
        try:
            async with opened_yard(urls, started.redis_url) as yard:
                torture = Torture(yard, services, seed=randbelow(10**6))
                report = await torture.run(jobs=400, seconds=5, pause=0.3, patience=60, waits=False)
                sys.stdout.write(f"{report}\n")
                assert report.is_exact, report
        finally:
            services.stop()
