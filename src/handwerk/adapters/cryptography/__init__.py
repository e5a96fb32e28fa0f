"""Encryption (AES-256-GCM, HKDF and HMAC-SHA256 of `cryptography`): personal data, and backups."""

from handwerk.adapters.cryptography.streams import StreamKeys
from handwerk.adapters.cryptography.vault import KeyedVault

__all__ = ["KeyedVault", "StreamKeys"]
