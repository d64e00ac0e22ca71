# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a request's condition keys: the one table, by who calls, by what is called, and by who owns it (rule 30).

Whoever asks the engine takes its keys from here. A key is a value, absent, one of many (``Like``), there with a value that
nobody knows (``PRESENT``), or, if it is in no table, unknown. ``KEY/*`` stands for all keys of that name but those beside it.

Source: AWS's user guide of IAM, global condition context keys, by the section "Availability" of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .arns import service_in
from .context import Given, Like, Perhaps, PerhapsLike, State
from .principals import ROLE, SERVICE, SESSION, USER, Caller

PRINCIPAL_TAG: Final = "aws:PrincipalTag/"
RESOURCE_TAG: Final = "aws:ResourceTag/"

# What is in a request only if a service makes it.
_BY_SERVICES_ONLY: Mapping[str, Given] = {
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalServiceName": None,
    "aws:PrincipalServiceNamesList": None,
    "aws:SourceAccount": None,
    "aws:SourceArn": None,
    "aws:SourceOrgID": None,
    "aws:SourceOrgPaths": None,
}
# A session of AWS STS brings them; who signs with an access key of its own has none.
LONG_TERM_KEYS: Mapping[str, Given] = {
    "aws:FederatedProvider": None,
    "aws:MultiFactorAuthAge": None,
    "aws:MultiFactorAuthPresent": None,
    "aws:SourceIdentity": None,
    "aws:TokenIssueTime": None,
}
# Of requests that are signed with the credentials which a service gives to what runs on it. Who has assumed a role by itself, or has
# an access key, signs with others. Source: the user guides of EC2 (instance metadata, ec2:RoleDelivery), Lambda and Systems Manager.
NOT_OF_A_SERVICE_S_MACHINE: Mapping[str, Given] = {
    "aws:EC2InstanceSourcePrivateIPv4": None,
    "aws:EC2InstanceSourceVPC": None,
    "ec2:RoleDelivery": None,
    "ec2:SourceInstanceARN": None,
    "lambda:SourceFunctionArn": None,
    "ssm:SourceInstanceARN": None,
}
# The caller's own request, and not one that a service makes of it.
CALLED_DIRECTLY: Mapping[str, Given] = {
    "aws:CalledVia": None,
    "aws:CalledViaFirst": None,
    "aws:CalledViaLast": None,
    "aws:ViaAWSService": "false",
}

# AWS decides on these before there is what they make: what stands under the same ARN now is another resource.
_MAKE_THEIR_RESOURCE = frozenset(
    {
        "backup:createbackupvault",
        "backup:createlogicallyairgappedbackupvault",
        "backup:createrestoreaccessbackupvault",
        "dynamodb:createtable",
        "dynamodb:importtable",
        "dynamodb:restoretablefromawsbackup",
        "dynamodb:restoretablefrombackup",
        "dynamodb:restoretabletopointintime",
    }
)
# Tags count in some accounts and Regions only, and no API tells in which. Source: DynamoDB Developer Guide, "Enabling ABAC in
# DynamoDB": where it is not enabled, conditions are evaluated as if there were no tags. Nor has a table that a restore has just made any yet.
_TAGS_BY_ACCOUNT = "dynamodb"


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place in its organization. ``path``: IDs from the organization's down, each with a slash behind it, as
    aws:PrincipalOrgPaths has them. Empty where it is not known."""

    organization_id: str = ""
    path: str = ""


NOT_KNOWN: Final = Membership()


def of_caller(caller: Caller, membership: Membership = NOT_KNOWN) -> dict[str, Given]:
    """A principal of IAM, or an account of which nobody says which principal it is; ``membership``: of its account."""
    known: dict[str, Given] = {**_BY_SERVICES_ONLY, "aws:PrincipalAccount": caller.account_id}
    if caller.kind == ROLE:
        known |= {"aws:PrincipalArn": caller.arn, "aws:PrincipalType": "AssumedRole", "aws:username": None}
        if caller.unique_id:
            # AROA…:session, and whoever assumes the role names the session.
            known["aws:userid"] = Like((f"{caller.unique_id}:*",))
    if caller.kind == SESSION:
        # Its role's ARN, whose path a session's ARN does not show.
        known |= {"aws:PrincipalArn": State.PRESENT, "aws:PrincipalType": "AssumedRole", "aws:username": None}
    if caller.kind == USER:
        name = caller.arn.rsplit("/", 1)[-1]
        known |= {"aws:PrincipalArn": caller.arn, "aws:PrincipalType": "User", "aws:username": name}
        if caller.unique_id:
            known["aws:userid"] = caller.unique_id
    return known | of_organization(membership)


def of_organization(membership: Membership) -> dict[str, Given]:
    """Of the caller's account."""
    return _organization("Principal", membership)


def of_service(name: str, owner: str, membership: Membership = NOT_KNOWN) -> dict[str, Given]:
    """A service that acts for a resource of the account ``owner``, or does not say for which (rule 68)."""
    known: dict[str, Given] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": name,
        "aws:PrincipalOrgID": None,
        "aws:PrincipalOrgPaths": None,
    }
    # The service chooses whether to send these; if it does, they name our account.
    known |= {key: Perhaps(owner) for key in ("aws:SourceAccount", "aws:PrincipalAccount")}
    known["aws:SourceArn"] = PerhapsLike(_arns_of(owner).patterns)
    if membership.organization_id:
        known["aws:SourceOrgID"] = Perhaps(membership.organization_id)
    return known


def without_principal() -> dict[str, Given]:
    """What a service's own request has not, since no principal of IAM makes it."""
    return {"aws:username": None, **tags(PRINCIPAL_TAG, {}), **LONG_TERM_KEYS}


def ways_to_send(known: Mapping[str, Given], owner: str) -> tuple[dict[str, Given], ...]:
    """A service says for whom it acts or does not: what it says of it belongs together, and each way is a request of its own.

    ``known``: of its request, the organization of the account ``owner`` among it.
    """
    said = known.get("aws:SourceOrgID")
    with_organization: dict[str, Given] = {"aws:SourceOrgID": said.value} if isinstance(said, Perhaps) else {}
    # What is known for certain stays as it is.
    accounts: list[dict[str, Given]] = [{}]
    if _is_open(known, "aws:SourceAccount"):
        nothing: dict[str, Given] = {"aws:SourceAccount": None, "aws:SourceOrgID": None, "aws:SourceOrgPaths": None}
        accounts = [{"aws:SourceAccount": owner, **with_organization}, nothing]
    arns: list[dict[str, Given]] = [{}]
    if _is_open(known, "aws:SourceArn"):
        arns = [{"aws:SourceArn": _arns_of(owner)}, {"aws:SourceArn": None}]
    return tuple({**account, **arn} for account in accounts for arn in arns)


def _is_open(known: Mapping[str, Given], key: str) -> bool:
    return key not in known or isinstance(known[key], Perhaps | PerhapsLike)


def _arns_of(owner: str) -> Like:
    # Some ARNs, such as a bucket's, name no account.
    return Like((f"arn:*:*:*:{owner}:*", "arn:*:*:*::*"))


def of_requester(caller: Caller, owner: str) -> dict[str, Given]:
    """``of_service`` or ``of_caller``; ``owner``: the account of the resource."""
    return of_service(caller.service, owner) if caller.kind == SERVICE else of_caller(caller)


def of_resource(
    owner: str, membership: Membership = NOT_KNOWN, resource_tags: Mapping[str, str] | None = None
) -> dict[str, Given]:
    """A resource of the account ``owner``, whose organization is ``membership``. ``resource_tags``: None if they were not read."""
    known: dict[str, Given] = {"aws:ResourceAccount": owner}
    known |= _organization("Resource", membership)
    return known if resource_tags is None else known | tags(RESOURCE_TAG, resource_tags)


def tags(prefix: str, values: Mapping[str, str]) -> dict[str, Given]:
    """All tags there are, so that any other key of this kind is absent.

    Condition keys know no upper and lower case, and tags do: of two that differ in it nobody can say which one counts.
    """
    known: dict[str, Given] = {f"{prefix}*": None}
    for key, value in values.items():
        name = f"{prefix}{key}".lower()
        known[name] = State.UNKNOWN if name in known else value
    return known


def sees_tags_of(action: str, resource: str) -> bool:
    """Whether aws:ResourceTag in a request is of the tags that ``resource``, an ARN, has now.

    Source: AWS's service authorization reference, where each type of resource of these services has the key: that of the ARN counts.
    """
    name = action.lower()
    return name not in _MAKE_THEIR_RESOURCE and name.split(":")[0] == service_in(resource)


def counts_tags_by_account(resource: str) -> bool:
    """Whether tags of ``resource``, an ARN, count in some accounts only."""
    return service_in(resource) == _TAGS_BY_ACCOUNT


def of_tagged(action: str, resource: str, resource_tags: Mapping[str, str]) -> dict[str, Given]:
    """Of a request on a resource of which all tags were read."""
    if not sees_tags_of(action, resource):
        return {}
    known = tags(RESOURCE_TAG, resource_tags)
    if not counts_tags_by_account(resource):
        return known
    return {name: Perhaps(value, True) if isinstance(value, str) else value for name, value in known.items()}


def _organization(whose: str, membership: Membership) -> dict[str, Given]:
    known: dict[str, Given] = {}
    if membership.organization_id:
        known[f"aws:{whose}OrgID"] = membership.organization_id
    if membership.path:
        known[f"aws:{whose}OrgPaths"] = [membership.path]
    return known
