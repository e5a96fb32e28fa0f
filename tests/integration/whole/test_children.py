"""What becomes of the program when only its children die."""

from pathlib import Path

import httpx
import pytest
from tests.integration.embedded.support import kill_all, working_in
from tests.integration.whole.firm import Firm
from tests.integration.whole.program import Program, running, until


def _is_ready(program: Program) -> bool:
    return httpx.get(f"{program.url}/health/ready", trust_env=False).is_success


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", ["pg", "redis"])
def test_a_child_that_dies_is_started_again(data: Path, service: str) -> None:
    """After kill -9 of PostgreSQL or Redis the server is ready again by itself, nothing lost."""
    firm = Firm()
    with running(data) as program:
        with program.client() as client:
            firm.create(client)
        victims = working_in(data / service)
        kill_all(victims)
        until(lambda: set(working_in(data / service)) - set(victims), "another child runs")
        until(lambda: _is_ready(program), "the program is ready again")
        with program.client() as client:
            firm.create(client)
        firm.check(program)
