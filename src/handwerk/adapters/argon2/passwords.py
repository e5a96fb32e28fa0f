"""Argon2id with the parameters that argon2-cffi recommends today (RFC 9106, low memory)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from handwerk.domain.kernel.errors import Unavailable

T = TypeVar("T")


class Argon2Passwords:
    """Hashes in `threads` of its own, off the event loop.

    Each hash in the making takes the hasher's memory (64 MiB) and several cores, so few are made
    at once; when `most_waiting` more wait already, a further one is refused with `Unavailable`.
    """

    def __init__(
        self, hasher: PasswordHasher | None = None, *, threads: int = 1, most_waiting: int = 32
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._room = threads + most_waiting
        # An unknown user's password is checked against this, so that it takes as long.
        self._nobodys_hash = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """A hash of `password` with a salt of its own."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the hash is one of `password`. `None` costs the same work and is never right."""
        is_right = await self._run(
            lambda: self._fits(password_hash or self._nobodys_hash, password)
        )
        return is_right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made by other parameters than this hasher's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """End the threads, after the hash that is in the making."""
        self._executor.shutdown(cancel_futures=True)

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._room == 0:
            raise Unavailable("Too many sign-ins at once; try again.", retry_after=1)
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._room += 1
