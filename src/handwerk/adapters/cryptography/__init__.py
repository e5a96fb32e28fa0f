"""Encryption of personal data (AES-256-GCM, HKDF and HMAC-SHA256 of `cryptography`)."""

from handwerk.adapters.cryptography.vault import KeyedVault

__all__ = ["KeyedVault"]
