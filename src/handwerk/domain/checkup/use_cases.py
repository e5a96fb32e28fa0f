"""Checking the whole installation."""

import asyncio
from collections.abc import Mapping

from handwerk.domain.checkup.model import Check, Checkup, Finding, error, summed_up
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.kernel.errors import HandwerkError

# A part that does not answer must not keep the others from being told.
PATIENCE = 10.0


async def check_up(*, actor: Actor, checks: Mapping[str, Check]) -> Checkup:
    """What every check finds; one that can't be made is an error of its own."""
    actor.require(Permission.AUDIT_READ)
    found = await asyncio.gather(*(_found(name, check) for name, check in checks.items()))
    return summed_up([finding for findings in found for finding in findings])


async def _found(name: str, check: Check) -> list[Finding]:
    try:
        return list(await asyncio.wait_for(check(), PATIENCE))
    except TimeoutError:
        told = f"did not answer within {PATIENCE:.0f} seconds"
    except HandwerkError as refused:
        told = refused.detail
    except OSError as failed:
        told = failed.strerror or type(failed).__name__
    return [error(name, f"could not be checked: {told}", "See that it runs, then check again.")]
