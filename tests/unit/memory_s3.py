# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of S3 as snapshots ask for, kept in memory: objects that are written once, read and listed."""

from __future__ import annotations

import io
from typing import Any

from tests.unit.memory_iam import IamError


class MemoryS3:
    """``page``: how many names a list holds. ``fail``: the error of the next call, after it was carried out."""

    def __init__(self, page: int = 1000) -> None:
        self.objects: dict[str, bytes] = {}
        self.versions: dict[str, list[bytes]] = {}
        self.fail: list[IamError] = []
        self._page = page

    def put_object(self, *, Key: str, Body: bytes, IfNoneMatch: str | None = None, **_rest: str) -> dict[str, Any]:
        if IfNoneMatch and Key in self.objects:
            raise IamError("PreconditionFailed", "it exists")
        self.objects[Key] = Body
        self.versions.setdefault(Key, []).append(Body)
        if self.fail:
            raise self.fail.pop()
        return {"VersionId": f"L4kqtJlcpXroDTDmpUMLUo{len(self.versions[Key])}"}

    def get_object(self, *, Bucket: str, Key: str, VersionId: str = "") -> dict[str, Any]:
        if Key not in self.objects:
            raise IamError("NoSuchKey", f"not in {Bucket}")
        if VersionId and int(VersionId[-1]) > len(self.versions[Key]):
            raise IamError("NoSuchVersion", f"not in {Bucket}")
        return {"Body": io.BytesIO(self.versions[Key][int(VersionId[-1]) - 1] if VersionId else self.objects[Key])}

    def list_objects_v2(self, *, Prefix: str, ContinuationToken: str = "", **_rest: str) -> dict[str, Any]:
        names = sorted(key for key in self.objects if key.startswith(Prefix) and key > ContinuationToken)
        shown, more = names[: self._page], len(names) > self._page
        page: dict[str, Any] = {"Contents": [{"Key": key} for key in shown], "IsTruncated": more}
        return page | ({"NextContinuationToken": shown[-1]} if more else {})
