# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading one principal with the fewest calls that suffice.

A role with one attached policy takes five: GetRole, ListAttachedRolePolicies, the policy's versions, its document,
ListRolePolicies. What only some plans need (our policy where it is not attached, what else uses the principal, quotas)
is read by functions of its own when a plan turns out to need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ..._aws.account import Account
from ..._aws.calls import NO_ANSWER, NOT_FOUND, CallError, call, marked_pages, of_arn, pages
from ..._policy.matching import StoredPolicy
from ..model import own_policies
from ..model.ownership import is_named_for
from ..model.state import (
    ROLE,
    SUMMARY_KEYS,
    VERSION_ID,
    Group,
    Limits,
    ManagedPolicy,
    Observed,
    OwnPolicy,
    PolicyUse,
    PolicyVersion,
    PrincipalKind,
    PrincipalUse,
)


def observe(
    client: Any,
    account: Callable[[], Account],
    kind: PrincipalKind,
    name: str,
    own_names: tuple[str, ...],
    boundary_arn: str | None,
) -> Observed:
    """The principal and every policy that bears on it. ``boundary_arn``: a boundary to be set, read as well.

    ``own_names``: of our managed policy, and then the one that earlier versions gave it; empty for none.

    ``account`` is only asked where the principal does not exist; else its ARN tells. Raises CallError.
    """
    title = kind.capitalize()
    try:
        entity = call(client, "iam", f"Get{title}", name, {f"{title}Name": name})[title]
    except CallError as error:
        if error.code not in NOT_FOUND:
            raise
        absent = Observed(account(), kind, name, False)
        return replace(absent, boundaries=_boundaries(client, boundary_arn))
    where = Account(*of_arn(entity["Arn"], f"iam:Get{title}", name))
    observed = _basics(where, kind, entity)
    attached = _attached(client, title, observed.name, observed.arn, next(iter(own_names), ""))
    observed = replace(
        observed,
        attached=attached,
        inline=_inline(client, title, observed.name, observed.arn),
        groups=() if kind == ROLE else _groups(client, observed),
        boundaries=_boundaries(client, observed.boundary_arn, boundary_arn),
    )
    # Only our own policies are read with their versions.
    own = sorted((policy for policy in attached if policy.versions), key=lambda policy: len(policy.name))
    observed = replace(observed, own_policies=tuple(OwnPolicy(policy) for policy in own))
    return _with_former(client, observed, own_names[1:])


def _with_former(client: Any, observed: Observed, names: Sequence[str]) -> Observed:
    """With the attached policies under a name of earlier versions that were made for this principal."""
    present = bool(observed.own_policies)
    arns = [
        policy.arn
        for policy in observed.attached
        for name in names
        if own_policies.number_of(policy.name, name) and ":iam::aws:" not in policy.arn
    ]
    for arn in sorted(arns, key=len):
        observed = with_former_policy(client, observed, arn, present=present)
    return observed


def with_former_policy(client: Any, observed: Observed, arn: str, *, present: bool) -> Observed:
    """With a policy under a name of earlier versions, attached or not, if it was made for this principal. Raises CallError.

    ``present``: whether there is a policy of the present name, beside which it is not the principal's own any more.
    """
    use = _policy_use(client, arn, known=observed.is_attached(arn))
    if use is None:
        return observed
    stored = next((policy for policy in observed.attached if policy.arn == arn), None)
    named = OwnPolicy(stored or ManagedPolicy(arn, None), use)
    if not is_named_for(observed, named):
        return observed
    if present or observed.other_uses(named) > 0:
        return replace(observed, former_policies=(*observed.former_policies, named)) if stored else observed
    own = OwnPolicy(_own(client, arn), use)
    attached = tuple(own.stored if policy.arn == arn else policy for policy in observed.attached)
    return replace(observed.with_own_policy(own), attached=attached)


def exists(client: Any, kind: PrincipalKind, name: str) -> bool:
    """Whether IAM knows the principal. Raises CallError."""
    title = kind.capitalize()
    try:
        call(client, "iam", f"Get{title}", name, {f"{title}Name": name})
    except CallError as error:
        if error.code not in NOT_FOUND:
            raise
        return False
    return True


def policy_exists(client: Any, arn: str) -> bool:
    """Whether IAM knows the managed policy. Raises CallError."""
    return _policy_use(client, arn, known=False) is not None


def _basics(account: Account, kind: PrincipalKind, entity: Mapping[str, Any]) -> Observed:
    title = kind.capitalize()
    return Observed(
        account=account,
        kind=kind,
        name=entity[f"{title}Name"],
        exists=True,
        path=entity.get("Path", "/"),
        unique_id=entity.get(f"{title}Id", ""),
        trust=entity.get("AssumeRolePolicyDocument"),
        description=entity.get("Description", ""),
        max_session_duration=entity.get("MaxSessionDuration", 3600),
        boundary_arn=entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags={tag["Key"]: tag["Value"] for tag in entity.get("Tags", [])},
    )


def _attached(client: Any, title: str, name: str, target: str, own_name: str) -> tuple[ManagedPolicy, ...]:
    listed = list(pages(client, f"ListAttached{title}Policies", "AttachedPolicies", target, {f"{title}Name": name}))
    return tuple(_managed(client, entry["PolicyArn"], own_name) for entry in listed)


def _managed(client: Any, arn: str, own_name: str) -> ManagedPolicy:
    """A managed policy's default version. Ours is read through its list of versions, which planning needs."""
    if own_policies.number_of(arn.rsplit("/", 1)[-1], own_name) and ":iam::aws:" not in arn:
        return _own(client, arn)
    return _with_document(client, arn, _policy(client, arn))


def _policy(client: Any, arn: str) -> Mapping[str, Any]:
    """What IAM says of a managed policy, but for its document."""
    policy: Mapping[str, Any] = call(client, "iam", "GetPolicy", arn, {"PolicyArn": arn})["Policy"]
    return policy


def _with_document(client: Any, arn: str, policy: Mapping[str, Any]) -> ManagedPolicy:
    return ManagedPolicy(arn, read_version(client, arn, policy["DefaultVersionId"]))


def _own(client: Any, arn: str) -> ManagedPolicy:
    versions = tuple(
        PolicyVersion(entry["VersionId"], entry["IsDefaultVersion"])
        for entry in pages(client, "ListPolicyVersions", "Versions", arn, {"PolicyArn": arn})
    )
    default = next((version.version_id for version in versions if version.is_default), None)
    if default is None or not all(VERSION_ID.fullmatch(version.version_id) for version in versions):
        raise CallError("iam:ListPolicyVersions", arn, NO_ANSWER, "it has no default version, or one without a number")
    return ManagedPolicy(arn, read_version(client, arn, default), versions)


def read_version(client: Any, arn: str, version_id: str) -> object:
    """The document of one version of a managed policy. Raises CallError."""
    arguments = {"PolicyArn": arn, "VersionId": version_id}
    return call(client, "iam", "GetPolicyVersion", arn, arguments)["PolicyVersion"]["Document"]


def _inline(client: Any, title: str, name: str, target: str) -> tuple[StoredPolicy, ...]:
    owner = {f"{title}Name": name}
    names = list(pages(client, f"List{title}Policies", "PolicyNames", target, owner))
    return tuple(
        StoredPolicy(
            policy,
            call(client, "iam", f"Get{title}Policy", target, {**owner, "PolicyName": policy})["PolicyDocument"],
        )
        for policy in names
    )


def _groups(client: Any, observed: Observed) -> tuple[Group, ...]:
    listed = list(pages(client, "ListGroupsForUser", "Groups", observed.arn, {"UserName": observed.name}))
    return tuple(
        Group(
            entry["GroupName"],
            _attached(client, "Group", entry["GroupName"], entry["Arn"], ""),
            _inline(client, "Group", entry["GroupName"], entry["Arn"]),
        )
        for entry in listed
    )


def _boundaries(client: Any, *arns: str | None) -> tuple[ManagedPolicy, ...]:
    return tuple(_managed(client, arn, "") for arn in dict.fromkeys(arn for arn in arns if arn))


def with_own_policies(client: Any, observed: Observed, arns: Sequence[str]) -> Observed:
    """With those of our managed policies that exist but are not attached, under whatever path they are. Raises CallError."""
    missing: list[str] = []
    for arn in arns:
        try:
            observed = observed.with_own_policy(OwnPolicy(_own(client, arn)))
        except CallError as error:
            if error.code not in NOT_FOUND:
                raise
            missing.append(arn)
    # IAM keeps names unique in an account whatever the path, and does not tell upper from lower case.
    names = {arn.rsplit("/", 1)[-1].lower() for arn in missing}
    for policy in _policies(client, missing[0]) if missing else ():
        if policy["PolicyName"].lower() in names:
            observed = observed.with_own_policy(OwnPolicy(_own(client, policy["Arn"])))
    return observed


def policy_names(client: Any, account: Account) -> tuple[str, ...] | None:
    """The names of the account's managed policies; None where the caller may not ask."""
    try:
        return tuple(policy["PolicyName"] for policy in _policies(client, f"account {account.account_id}"))
    except CallError:
        # What is wrong is known without it.
        return None


def _policies(client: Any, target: str) -> Iterable[Mapping[str, Any]]:
    return pages(client, "ListPolicies", "Policies", target, {"Scope": "Local", "MaxItems": 1000})


def with_uses(client: Any, observed: Observed, *policy_arns: str) -> Observed:
    """What has to be known before anything is deleted: who made our policies, and what else uses them and the principal.

    Raises CallError, NoSuchEntity among it: of a policy that was just read, that is no answer to go by.
    """
    for arn in policy_arns:
        observed = with_policy_use(client, observed, arn)
    if not observed.created_here:
        return observed
    return replace(
        observed, use=_use_of_role(client, observed) if observed.kind == ROLE else _use_of_user(client, observed)
    )


def with_policy_use(client: Any, observed: Observed, arn: str) -> Observed:
    """With a policy of ours, attached or not, and what uses it; ``observed`` if there is none. Raises CallError."""
    own = observed.own_policy(arn)
    use = _policy_use(client, arn, known=own is not None)
    if use is None:
        return observed
    return observed.with_own_policy(OwnPolicy(own.stored if own else _own(client, arn), use))


def with_policies_to_use(client: Any, observed: Observed, attach: Sequence[str], boundary: str | None) -> Observed:
    """With what the managed policies say now that are to be attached, or to be the boundary, or that they cannot be. Raises CallError."""
    policies = {arn: _usable(client, arn) for arn in dict.fromkeys((*attach, *((boundary,) if boundary else ())))}
    usable = [policy for policy in policies.values() if policy is not None]
    detached = tuple(policy for policy in usable if policy.arn in attach)
    bounding = tuple(policy for policy in usable if policy.arn == boundary)
    return replace(
        observed,
        detached=(*observed.detached, *detached),
        boundaries=(*observed.boundaries, *bounding),
        unusable=tuple(arn for arn, policy in policies.items() if policy is None),
    )


def with_former_boundary(client: Any, observed: Observed, arn: str) -> Observed:
    """With what a policy says now that was the permissions boundary once, if it is still there. Raises CallError."""
    try:
        return replace(observed, boundaries=(*observed.boundaries, *_boundaries(client, arn)))
    except CallError as error:
        if error.code not in NOT_FOUND:
            raise
        return observed


def _usable(client: Any, arn: str) -> ManagedPolicy | None:
    """None for one that is gone, or that AWS has retired: it stays where it is attached, and nobody can attach it any more."""
    try:
        policy = _policy(client, arn)
        return None if policy.get("IsAttachable") is False else _with_document(client, arn, policy)
    except CallError as error:
        if error.code not in NOT_FOUND:
            raise
        return None


def _policy_use(client: Any, arn: str, *, known: bool) -> PolicyUse | None:
    """Who made a policy, and what uses it; None if there is none. ``known``: it was just read, so that there is."""
    try:
        policy = _policy(client, arn)
    except CallError as error:
        if error.code not in NOT_FOUND or known:
            raise
        return None
    return PolicyUse(
        tags={tag["Key"]: tag["Value"] for tag in policy.get("Tags", [])},
        description=policy.get("Description", ""),
        attachments=policy.get("AttachmentCount", 0),
        boundary_of=policy.get("PermissionsBoundaryUsageCount", 0),
    )


def users_of_policy(client: Any, arn: str) -> tuple[str, ...]:
    """Who has a managed policy attached or as permissions boundary, by name; empty where the caller may not ask."""
    users: list[str] = []
    try:
        for usage, form in (("PermissionsPolicy", "{}"), ("PermissionsBoundary", "{} (as permissions boundary)")):
            arguments = {"PolicyArn": arn, "PolicyUsageFilter": usage}
            for page in marked_pages(client, "ListEntitiesForPolicy", arn, arguments):
                for kind in ("Role", "User", "Group"):
                    names = (entity[f"{kind}Name"] for entity in page.get(f"Policy{kind}s", []))
                    users += [form.format(f"{kind.lower()}/{name}") for name in names]
    except CallError:
        # What is wrong is known without it.
        return ()
    return tuple(users)


def _use_of_role(client: Any, observed: Observed) -> PrincipalUse:
    name = {"RoleName": observed.name}
    listed = pages(client, "ListInstanceProfilesForRole", "InstanceProfiles", observed.arn, name)
    return PrincipalUse(instance_profiles=tuple(entry["InstanceProfileName"] for entry in listed))


def _use_of_user(client: Any, observed: Observed) -> PrincipalUse:
    user, arn = {"UserName": observed.name}, observed.arn
    keys = sum(1 for _key in pages(client, "ListAccessKeys", "AccessKeyMetadata", arn, user))
    devices = sum(1 for _device in pages(client, "ListMFADevices", "MFADevices", arn, user))
    try:
        call(client, "iam", "GetLoginProfile", arn, user)
        password = True
    except CallError as error:
        if error.code not in NOT_FOUND:
            raise
        password = False
    return PrincipalUse(access_keys=keys, mfa_devices=devices, console_password=password)


def quotas(client: Any, account: Account) -> Limits:
    """The account's real limits. Raises CallError."""
    answer = call(client, "iam", "GetAccountSummary", f"account {account.account_id}", {})
    summary = answer["SummaryMap"]
    defaults = Limits()
    least = {field.name: getattr(defaults, field.name) for field in fields(Limits)}
    return Limits(**{name: max(summary.get(SUMMARY_KEYS[name], value), value) for name, value in least.items()})
