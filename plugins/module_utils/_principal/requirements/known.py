# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of the requests that a principal makes: by what was read of it, and by the step of a restore. Pure.

The condition keys themselves are in ``_policy.facts``; here stands which of them a restore fixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._aws.account import Account
from ..._aws.partitions import dns_suffixes
from ..._permission_sets import catalog
from ..._permission_sets.privileges import PASS_ROLE
from ..._policy import facts, principals, trust
from ..._policy.arns import account_in
from ..._policy.context import Given, Like, State
from ..._policy.facts import NOT_KNOWN, Membership
from ..._policy.matching import StoredPolicy, parse
from ..model.state import ROLE, Observed, PrincipalKind

# On the data of a restore, KMS is called by these services in the principal's name, never by the appliance.
ON_DATA = frozenset({"kms:Decrypt", "kms:GenerateDataKey"})
SERVICES_ON_DATA = ("backup", "dynamodb")
GRANT = "kms:CreateGrant"
# A restore gives grants to AWS's services only.
OF_A_GRANT: Mapping[str, Given] = {"kms:GrantIsForAWSResource": "true"}
# What only the appliance asks, itself: its checks beforehand, and the start and the state of a job.
_BY_THE_APPLIANCE = frozenset(
    {
        "backup:DescribeCopyJob",
        "backup:DescribeRestoreJob",
        "backup:ListBackupVaults",
        "backup:StartCopyJob",
        "backup:StartRestoreJob",
        "dynamodb:ListTables",
        "ec2:DescribeRegions",
        "iam:GetContextKeysForPrincipalPolicy",
        "iam:GetRole",
        "iam:ListAccountAliases",
        "iam:SimulatePrincipalPolicy",
        "kms:ListAliases",
        "kms:ListKeys",
    }
)
# Without one of these in it, in lower case, no document says a word of sts:TagSession.
_MARKS = ("*", "?", "notaction", "tagsession")
_TAG_SESSION = "sts:TagSession"
_NO_RESOURCE = "*"
_IAM_RESOURCE_TAG = "iam:ResourceTag/"


@dataclass(frozen=True, slots=True)
class Requester:
    """As much of a principal as its requests depend on. ``takes_session_tags``: whether who assumes it may bring tags.

    ``resource_tags``: ARN of what its requests are about → tags, of those that were read.
    """

    account: Account
    kind: PrincipalKind
    name: str
    arn: str
    unique_id: str
    tags: tuple[tuple[str, str], ...]
    takes_session_tags: bool
    resource_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, observed: Observed) -> Requester:
        tags = tuple(sorted(observed.tags.items())) if observed.tags else ()
        takes = observed.kind == ROLE and _takes_session_tags(observed.trust)
        who = (observed.account, observed.kind, observed.name, observed.arn, observed.unique_id)
        return cls(*who, tags, takes, observed.resource_tags)


def of_principal(action: str, requester: Requester) -> dict[str, Given]:
    """Of any request of the principal's, whoever acts through it: what nobody can choose or change, as tags can be."""
    make = principals.role if requester.kind == ROLE else principals.user
    caller = make(requester.arn, unique_id=requester.unique_id)
    account = requester.account
    known = {
        **facts.of_caller(caller, account.membership),
        **facts.of_resource(account.account_id, account.membership),
        "aws:SecureTransport": "true",
    }
    if action == "iam:PassRole":
        known["iam:PassedToService"] = catalog.BACKUP_SERVICE
    if action.startswith("kms:"):
        known["kms:CallerAccount"] = account.account_id
    return known


def of_restore(action: str, resource: str, region: str | None, requester: Requester) -> dict[str, Given]:
    """Of a request that a restore makes. ``region``: where it goes, None for one that is not known."""
    # The appliance and AWS Backup assume the role by sts:AssumeRole, or sign with the user's access key.
    known = {**of_principal(action, requester), **facts.NOT_OF_A_SERVICE_S_MACHINE}
    known |= _of_resource(action, resource, requester)
    if region:
        known["aws:RequestedRegion"] = region
    if not requester.takes_session_tags:
        known |= facts.tags(facts.PRINCIPAL_TAG, dict(requester.tags))
    if requester.kind != ROLE:
        # The appliance signs with the user's access key.
        known |= facts.LONG_TERM_KEYS
    if action in _BY_THE_APPLIANCE:
        known |= facts.CALLED_DIRECTLY
    if action == GRANT:
        known |= OF_A_GRANT
    if action in ON_DATA or action == GRANT:
        names = (service_names(service, region or "*", requester.account.partition) for service in SERVICES_ON_DATA)
        known["kms:ViaService"] = Like(tuple(name for several in names for name in several))
    return known


def of_assuming(who: str, observed: Observed, memberships: Mapping[str, Membership]) -> dict[str, Given]:
    """Of ``who``'s request to assume the principal, beside what ``_policy.assume`` knows by itself.

    ``who``: as the options name it. ``memberships``: account ID → its place in its organization, beside the principal's own.
    """
    own, caller = observed.account, trust.caller_of(who)
    known: dict[str, Given] = {
        **facts.of_resource(own.account_id, own.membership, observed.tags),
        **facts.tags(_IAM_RESOURCE_TAG, observed.tags),
    }
    if caller.kind == principals.SERVICE:
        return known | facts.without_principal() | facts.of_service(caller.service, own.account_id, own.membership)
    places = {**memberships, own.account_id: own.membership}
    return known | facts.of_organization(places.get(caller.account_id, NOT_KNOWN))


def service_names(service: str, region: str, partition: str) -> tuple[str, ...]:
    """A service as KMS names it, by each DNS suffix of the partition (KMS condition keys, kms:ViaService)."""
    return tuple(f"{service}.{region}.{suffix}" for suffix in dns_suffixes(partition))


def _of_resource(action: str, resource: str, requester: Requester) -> Mapping[str, Given]:
    if resource == _NO_RESOURCE:
        # There is none that could have tags; but of an action of the user's own nobody says whether it has resources.
        return facts.tags(facts.RESOURCE_TAG, {}) if action in catalog.RESOURCE_KINDS else {}
    # Tags of a role that is passed do not decide reliably (IAM user guide, "Granting a user permissions to pass a role").
    passed = action.lower() == PASS_ROLE.lower()
    if resource == requester.arn and not passed:
        tags = dict(requester.tags)
        return {**facts.tags(facts.RESOURCE_TAG, tags), **facts.tags(_IAM_RESOURCE_TAG, tags)}
    owner = account_in(resource)
    if not owner.isdigit() or owner == requester.account.account_id:
        read = None if passed else requester.resource_tags.get(resource)
        return {} if read is None else facts.of_tagged(action, resource, read)
    return {"aws:ResourceAccount": owner, "aws:ResourceOrgID": State.UNKNOWN, "aws:ResourceOrgPaths": State.UNKNOWN}


def _takes_session_tags(document: object) -> bool:
    """Whether the trust policy may allow sts:TagSession to anybody; a session's tag counts in place of the role's."""
    if isinstance(document, Mapping) and not any(mark in str(document).lower() for mark in _MARKS):
        return False
    return any(
        statement.effect != "Deny" and not statement.actions.cover(_TAG_SESSION).is_false
        for statement in parse("trust", StoredPolicy("", document))
    )
