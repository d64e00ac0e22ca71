# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What KMS and S3 say of credentials and of the time is told as IAM's is, and none of their words is repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError

from tests.unit.memory_iam import IamError
from tests.unit.memory_kms import MemoryKms
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal.running import Services, run
from tests.unit.principal.scenes import OPTIONS
from tests.unit.principal.test_recorded_run import ready, recorded
from tests.unit.test_refusals import CANONICAL, PAST, TOKEN

# Code and message, and what is told of them.
REFUSALS = {
    "signature": ("InvalidSignatureException", CANONICAL, "AWS did not accept the credentials"),
    "signature in S3": ("SignatureDoesNotMatch", CANONICAL, "AWS did not accept the credentials"),
    "expired": ("ExpiredTokenException", "The security token included in the request is expired", "have expired"),
    "clock": ("InvalidSignatureException", PAST, "AWS's time was 20260101T001500Z"),
    "clock in S3": ("RequestTimeTooSkewed", "", "Synchronize it by NTP"),
    "clock as a denial": ("AccessDenied", "Request has expired", "Synchronize it by NTP"),
}


def sign(directory: Path, refused: IamError) -> None:
    kms = MemoryKms()
    kms.fail = [refused]
    given = {**OPTIONS, "snapshot_directory": str(directory), "snapshot_kms_key_id": "key"}
    run(ready(), given, services=Services(kms=kms))


def verify_signature(directory: Path, refused: IamError) -> None:
    place = recorded(directory, snapshot_kms_key_id="key")
    place.services.kms.fail = [refused]
    place.undo(check=True)


def put(_directory: Path, refused: IamError) -> None:
    s3 = MemoryS3()
    s3.fail = [refused]
    run(ready(), {**OPTIONS, "snapshot_s3_bucket": "records"}, services=Services(s3))


class Refusing:
    def __init__(self, refused: IamError) -> None:
        self._refused = refused

    def get_object(self, **_arguments: object) -> Any:
        raise self._refused

    list_objects_v2 = get_object


def read(directory: Path, refused: IamError, *, whole_run: bool = False) -> None:
    place = recorded(directory)
    where = place.uri.rpartition("/")[0] if whole_run else place.uri
    place.services = Services(Refusing(refused), place.services.kms)
    place.undo(where, check=True)


def read_list(directory: Path, refused: IamError) -> None:
    read(directory, refused, whole_run=True)


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("task", [sign, verify_signature, put, read, read_list], ids=lambda task: task.__name__)
def test_a_refused_record_is_told_as_what_it_is(task: Callable[[Path, IamError], None], refusal: str, tmp_path: Path):
    code, told, words = REFUSALS[refusal]
    with pytest.raises(RestoreAccessError) as failed:
        task(tmp_path, IamError(code, told))
    assert words in failed.value.message
    assert "Grant" not in failed.value.message
    shown = f"{failed.value.message} {failed.value.facts}"
    assert TOKEN[:12] not in shown
    assert "Canonical" not in shown
