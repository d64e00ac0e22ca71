# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading the tags of tables, backup vaults, recovery points and KMS keys, each in its own Region.

Nobody asked for these calls but a policy: whatever keeps the tags from being read, they are not known, and the run goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from ..._aws.calls import THROTTLED, CallError, token_pages
from ..._aws.explain import DENIED, is_of_connection, what_failed
from ..._policy.arns import region_in, service_in

# A client of a service in a Region.
ClientOf: TypeAlias = Callable[[str, str], Any]
Tags: TypeAlias = Mapping[str, str]

_GONE = frozenset({"NotFoundException", "ResourceNotFoundException"})
# No wildcard among them. A table's index, stream or backup is no table; of a recovery point AWS Backup lists the tags where the
# ARN is its own. Source: AWS Backup API reference, ListTags.
_READABLE = re.compile(
    r"arn:aws[a-z-]*:(?:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]+"
    r"|backup:[a-z0-9-]+:[0-9]{12}:(?:backup-vault|recovery-point):[A-Za-z0-9_-]+"
    r"|kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)"
)


@dataclass(frozen=True, slots=True)
class _List:
    """How a service lists tags. ``of``: the argument that takes the ARN; ``pages``: what names the next page, sent and received."""

    operation: str
    of: str
    pages: tuple[str, str]
    tags: Callable[[Any], Tags]


_LISTS = {
    "backup": _List("ListTags", "ResourceArn", ("NextToken", "NextToken"), dict),
    "dynamodb": _List(
        "ListTagsOfResource",
        "ResourceArn",
        ("NextToken", "NextToken"),
        lambda tags: {tag["Key"]: tag["Value"] for tag in tags},
    ),
    "kms": _List(
        "ListResourceTags",
        "KeyId",
        ("Marker", "NextMarker"),
        lambda tags: {tag["TagKey"]: tag["TagValue"] for tag in tags},
    ),
}


@dataclass(frozen=True, slots=True)
class ResourceTags:
    """ARN → tags, and of those that could not be read, ARN → why, as displayed."""

    read: Mapping[str, Tags] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


def is_readable(resource: str) -> bool:
    """Whether it is the ARN of one resource, of a type whose tags are read here."""
    return _READABLE.fullmatch(resource) is not None


def resource_tags(client_of: ClientOf, arns: Iterable[str]) -> ResourceTags:
    """Of readable ARNs, each asked about once. Raises nothing of AWS's."""
    read: dict[str, Tags] = {}
    unread: dict[str, str] = {}
    # What failed for a service in a Region whatever the resource: to wait for it again tells nothing new.
    failed: dict[tuple[str, str], CallError] = {}
    of = cache(client_of)
    for arn in dict.fromkeys(arns):
        where = service_in(arn), region_in(arn)
        try:
            if where in failed:
                raise failed[where]
            read[arn] = _tags(of(*where), where[0], arn)
        except CallError as error:
            unread[arn] = f"the tags of {arn} are not known: {_why(error)}"
            if _whatever_the_resource(error):
                failed[where] = error
    return ResourceTags(read, unread)


def _tags(client: Any, service: str, arn: str) -> Tags:
    how = _LISTS[service]
    tags: dict[str, str] = {}
    for page in token_pages(client, service, how.operation, arn, {how.of: arn}, how.pages):
        tags |= how.tags(page["Tags"])
    return tags


def _whatever_the_resource(error: CallError) -> bool:
    return is_of_connection(error) or error.code in THROTTLED or error.action.startswith("sts:")


def _why(error: CallError) -> str:
    if error.code in _GONE:
        return "it does not exist, and what a restore creates gets its tags from the restore"
    may_be_missing = error.code in DENIED and not error.action.startswith("sts:")
    return what_failed(error) + (" AWS may give the same answer if it does not exist." if may_be_missing else "")
