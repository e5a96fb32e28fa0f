"""Access tokens as JSON Web Tokens."""

from handwerk.adapters.jwt.keys import KeyRing
from handwerk.adapters.jwt.tokens import JwtAccessTokens

__all__ = ["JwtAccessTokens", "KeyRing"]
