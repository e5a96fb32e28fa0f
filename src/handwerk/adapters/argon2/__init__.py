"""Password hashes by argon2id."""

from handwerk.adapters.argon2.passwords import Argon2Passwords

__all__ = ["Argon2Passwords"]
