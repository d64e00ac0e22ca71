# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of KMS as journals ask for, kept in memory: MACs by keys that nobody can read."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from tests.unit.memory_iam import IamError

# Source: the KMS API reference, GenerateMac.
MOST_BYTES = 4096


class MemoryKms:
    """``keys``: key ID → secret. ``calls``: the operations made, in order. ``fail``: the error of the next call."""

    def __init__(self, **keys: bytes) -> None:
        self.keys = keys or {"key": b"secret"}
        self.calls: list[str] = []
        self.fail: list[IamError] = []

    def generate_mac(self, *, KeyId: str, Message: bytes, MacAlgorithm: str) -> dict[str, Any]:
        return {"Mac": self._mac("GenerateMac", KeyId, Message, MacAlgorithm)}

    def verify_mac(self, *, KeyId: str, Message: bytes, MacAlgorithm: str, Mac: bytes) -> dict[str, Any]:
        if not hmac.compare_digest(self._mac("VerifyMac", KeyId, Message, MacAlgorithm), Mac):
            raise IamError("KMSInvalidMacException", "")
        return {"MacValid": True}

    def _mac(self, operation: str, key: str, message: bytes, algorithm: str) -> bytes:
        self.calls.append(operation)
        if self.fail:
            raise self.fail.pop()
        if key not in self.keys:
            raise IamError("NotFoundException", f"no key {key}")
        if not 1 <= len(message) <= MOST_BYTES or algorithm != "HMAC_SHA_256":
            raise IamError("ValidationException", "")
        return hmac.digest(self.keys[key], message, hashlib.sha256)
