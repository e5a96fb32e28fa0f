"""Password hashes."""

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from handwerk.adapters.argon2 import Argon2Passwords
from handwerk.domain.kernel.errors import Unavailable

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_fits_its_own_hash_only() -> None:
    """Right is right, wrong is wrong, and every hash has a salt of its own."""
    passwords = Argon2Passwords(CHEAP)
    first, second = await passwords.hash("grün"), await passwords.hash("grün")
    assert first != second
    assert await passwords.verify(first, "grün")
    assert not await passwords.verify(first, "gruen")


async def test_nobody_s_password_is_never_right() -> None:
    """Not even the one that the stand-in hash was made of."""
    passwords = Argon2Passwords(CHEAP)
    assert not await passwords.verify(None, "nobody's password")


@pytest.mark.parametrize("broken", ["", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_a_broken_hash_fits_nothing(broken: str) -> None:
    """A damaged row lets nobody in and breaks nothing."""
    assert not await Argon2Passwords(CHEAP).verify(broken, "x")


async def test_todays_parameters_are_the_recommended_ones() -> None:
    """Argon2id with RFC 9106's second recommendation; what is weaker is outdated."""
    passwords = Argon2Passwords()
    made = await passwords.hash("x")
    assert extract_parameters(made) == RFC_9106_LOW_MEMORY
    assert not passwords.is_outdated(made)
    assert passwords.is_outdated(CHEAP.hash("x"))
    passwords.close()


async def test_too_many_at_once_are_refused_and_the_rest_is_served() -> None:
    """Only so many may wait; when they are done there is room again."""
    passwords = Argon2Passwords(CHEAP, threads=1, most_waiting=2)
    answers = await asyncio.gather(
        *(passwords.verify(None, "x") for _ in range(5)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [bool] * 3 + [Unavailable] * 2
    assert not await passwords.verify(None, "x")
