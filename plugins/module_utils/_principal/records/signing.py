# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The MAC of a journal, by an HMAC key in KMS: what somebody without ``kms:GenerateMac`` on it cannot make.

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
from .chain import Chain, sha256

ALGORITHM: Final = "HMAC_SHA_256"
_INVALID: Final = "KMSInvalidMacException"


@dataclass(frozen=True)
class Key:
    """``key_id``: of the options, and never of what is read."""

    key_id: str
    make_client: Callable[[], Any]

    def sign(self, line: bytes) -> str:
        """Raises CallError."""
        answer = call(self.make_client(), "kms", "GenerateMac", self.key_id, self._about(line))
        return base64.b64encode(answer["Mac"]).decode()

    def check(self, chain: Chain, where: str) -> None:
        """Raises OptionError for a journal that was not signed with this key, line by line, or cannot be verified."""
        if chain.signed is None or chain.unsigned:
            raise _refused(where, self.key_id, "it is not signed")
        try:
            mac = base64.b64decode(chain.signed.mac, validate=True)
            call(self.make_client(), "kms", "VerifyMac", self.key_id, {**self._about(chain.signed.content), "Mac": mac})
        except binascii.Error:
            raise _refused(where, self.key_id, "its signature cannot be read") from None
        except CallError as error:
            if error.code == _INVALID:
                raise _refused(
                    where, self.key_id, "its signature is not of this key, or it was changed since"
                ) from None
            what = f"snapshot: whether the journal {where} is signed with snapshot_kms_key_id {self.key_id} cannot be verified"
            remedy = (
                "Nothing was changed. Grant kms:VerifyMac on that key to the credentials that the run starts with, and check "
                "snapshot_kms_key_id and the Region."
            )
            raise OptionError(with_reason(what, error, remedy)) from None

    def _about(self, line: bytes) -> dict[str, Any]:
        # KMS takes 4,096 bytes, and a line may be longer: hence its digest. What it is of keeps it from serving for anything else.
        message = f"cloudrestore.aws journal {sha256(line)}".encode()
        return {"KeyId": self.key_id, "Message": message, "MacAlgorithm": ALGORITHM}


def _refused(where: str, key_id: str, why: str) -> OptionError:
    return OptionError(
        f"snapshot: the journal {where} is refused, since snapshot_kms_key_id {key_id} is set and {why}. Nothing was "
        "changed. Put back the journal that the run wrote, or set the key that the run signed it with."
    )
