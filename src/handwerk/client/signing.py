"""Whose name requests go in: a token, or a sign-in that is renewed before it ends."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from handwerk.client.answers.people import SignedIn
from handwerk.client.errors import Refused

# A token is renewed so many seconds before its end, so that no upload is cut off by it.
EARLY = 30.0
# Asks `login` or `refresh` without any token.
Ask = Callable[[str, dict[str, str]], SignedIn]


class Credentials(Protocol):
    """What a request shows."""

    def token(self) -> str | None:
        """The token for the next request; `None` for none."""

    def renewed(self, spent: str) -> str | None:
        """Another token than the one that was refused; `None` where there is none to be had."""


class Shown:
    """A token or an API key as it was given."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def token(self) -> str | None:
        """The one there is."""
        return self._token

    def renewed(self, spent: str) -> None:
        """There is no other."""


class ByPassword:
    """Signs in at the first request, renews its tokens, and signs in again where that fails."""

    def __init__(
        self, email: str, password: str, ask: Ask, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._words = {"email": email, "password": password}
        self._ask = ask
        self._now = now
        self._lock = Lock()
        self._pair: SignedIn | None = None
        self._ends = 0.0

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a session to end."""
        return self._pair is not None

    def token(self) -> str:
        """A token that lasts for a while yet."""
        with self._lock:
            if self._pair is None or self._now() > self._ends:
                return self._renew()
            return self._pair.access_token

    def renewed(self, spent: str) -> str:
        """A new token, unless another thread has just got one."""
        with self._lock:
            if self._pair is not None and self._pair.access_token != spent:
                return self._pair.access_token
            return self._renew()

    def _renew(self) -> str:
        before, self._pair = self._pair, None
        pair = before and self._refreshed(before)
        self._pair = pair or self._ask("/auth/login", self._words)
        self._ends = self._now() + max(self._pair.expires_in - EARLY, 1.0)
        return self._pair.access_token

    def _refreshed(self, pair: SignedIn) -> SignedIn | None:
        try:
            return self._ask("/auth/refresh", {"refresh_token": pair.refresh_token})
        except Refused as refusal:
            if refusal.status != 401:  # noqa: PLR2004  # the session has ended
                raise
            return None
