# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of AWS Backup, DynamoDB and KMS as tells tags, kept in memory: in pages, with what they refuse and do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.memory_iam import IamError

# Short, so that a handful of tags takes several pages.
PAGE = 2


class MemoryTags:
    """One service. ``tags``: ARN → tags of what there is. ``errors``: ARN, or ``*`` for whatever it is → code of its refusal.

    ``calls``: operation and ARN of each call, in order. ``policies``: ARN → policy document, of a key or a vault.
    """

    def __init__(
        self, tags: Mapping[str, dict[str, str]] | None = None, errors: Mapping[str, str] | None = None
    ) -> None:
        self.tags = dict(tags or {})
        self.errors = dict(errors or {})
        self.policies: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []

    def list_tags(self, *, ResourceArn: str, NextToken: str = "") -> dict[str, Any]:
        page, following = self._page("ListTags", ResourceArn, NextToken)
        return {"Tags": dict(page), **({"NextToken": following} if following else {})}

    def list_tags_of_resource(self, *, ResourceArn: str, NextToken: str = "") -> dict[str, Any]:
        page, following = self._page("ListTagsOfResource", ResourceArn, NextToken)
        tags = [{"Key": key, "Value": value} for key, value in page]
        return {"Tags": tags, **({"NextToken": following} if following else {})}

    def list_resource_tags(self, *, KeyId: str, Marker: str = "") -> dict[str, Any]:
        page, following = self._page("ListResourceTags", KeyId, Marker, missing="NotFoundException")
        tags = [{"TagKey": key, "TagValue": value} for key, value in page]
        return {"Tags": tags, "Truncated": bool(following), **({"NextMarker": following} if following else {})}

    def get_key_policy(self, *, KeyId: str, PolicyName: str) -> dict[str, Any]:
        assert PolicyName == "default"
        return {"Policy": self.policies[KeyId]}

    def get_backup_vault_access_policy(self, *, BackupVaultName: str) -> dict[str, Any]:
        return {"Policy": next(text for arn, text in self.policies.items() if arn.endswith(f":{BackupVaultName}"))}

    def _page(
        self, operation: str, arn: str, token: str, missing: str = "ResourceNotFoundException"
    ) -> tuple[list[tuple[str, str]], str]:
        self.calls.append((operation, arn))
        code = self.errors.get(arn) or self.errors.get("*")
        if code:
            raise IamError(code, f"User is not authorized to perform {operation} on {arn}")
        if arn not in self.tags:
            raise IamError(missing, f"no {arn}")
        start = int(token or 0)
        tags = list(self.tags[arn].items())
        return tags[start : start + PAGE], str(start + PAGE) if start + PAGE < len(tags) else ""
