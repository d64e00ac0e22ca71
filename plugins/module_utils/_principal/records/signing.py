# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The MAC of a journal or of a plan, by an HMAC key in KMS: what somebody without ``kms:GenerateMac`` on it cannot make.

``make_client``: of anything with boto3's methods of KMS, with the credentials that the run started with, as for S3.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..._aws.calls import CallError, call
from ..._aws.explain import with_reason
from ..._errors import OptionError
from .chain import Chain, Signed, sha256

ALGORITHM: Final = "HMAC_SHA_256"
_JOURNAL: Final = "journal"
_PLAN: Final = "plan"
# The option that a message is about.
_OF: Final = {_JOURNAL: "snapshot: ", _PLAN: "restore_access_plan: "}
_INVALID: Final = "KMSInvalidMacException"


@dataclass(frozen=True)
class Key:
    """``key_id``: of the options, and never of what is read."""

    key_id: str
    make_client: Callable[[], Any]

    def sign(self, line: bytes) -> str:
        """Raises CallError."""
        return self._sign(_JOURNAL, line)

    def sign_plan(self, document: bytes) -> str:
        """Raises CallError."""
        return self._sign(_PLAN, document)

    def _sign(self, what: str, content: bytes) -> str:
        answer = call(self.make_client(), "kms", "GenerateMac", self.key_id, self._about(what, content))
        return base64.b64encode(answer["Mac"]).decode()

    def check(self, chain: Chain, where: str) -> None:
        """Raises OptionError for a journal that was not signed with this key, line by line, or cannot be verified."""
        self._check(_JOURNAL, None if chain.unsigned else chain.signed, where)

    def check_plan(self, signed: Signed | None, where: str) -> None:
        """The same for a plan."""
        self._check(_PLAN, signed, where)

    def _check(self, what: str, signed: Signed | None, where: str) -> None:
        if signed is None:
            raise self._refused(what, where, "it is not signed")
        try:
            mac = base64.b64decode(signed.mac, validate=True)
            call(self.make_client(), "kms", "VerifyMac", self.key_id, {**self._about(what, signed.content), "Mac": mac})
        except binascii.Error:
            raise self._refused(what, where, "its signature cannot be read") from None
        except CallError as error:
            if error.code == _INVALID:
                raise self._refused(what, where, "it was not signed with this key, or was changed since") from None
            unknown = f"{_OF[what]}whether the {what} {where} is signed with snapshot_kms_key_id {self.key_id} cannot be verified"
            remedy = (
                "Nothing was changed. Grant kms:VerifyMac on that key to the credentials that the run starts with, and check "
                "snapshot_kms_key_id and the Region."
            )
            raise OptionError(with_reason(unknown, error, remedy)) from None

    def _about(self, what: str, content: bytes) -> dict[str, Any]:
        # KMS takes 4,096 bytes, and a line may be longer: hence its digest. What it is of keeps it from serving for anything else.
        message = f"cloudrestore.aws {what} {sha256(content)}".encode()
        return {"KeyId": self.key_id, "Message": message, "MacAlgorithm": ALGORITHM}

    def _refused(self, what: str, where: str, why: str) -> OptionError:
        return OptionError(
            f"{_OF[what]}the {what} {where} is refused, since snapshot_kms_key_id {self.key_id} is set and {why}. "
            f"Nothing was changed. Restore the {what} that the run wrote, or set the key that the run signed it with."
        )
