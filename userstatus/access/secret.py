"""The secret of a key: how it is made, and what is stored of it."""

from __future__ import annotations

import hashlib
import secrets
import string

from userstatus.redaction import LENGTH, PREFIX

ALPHABET = string.ascii_letters + string.digits


def new_secret() -> str:
    """A new secret, such as `us_` and 32 random letters and digits."""
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def fingerprint(secret: str) -> str:
    """The SHA-256 of a secret, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
