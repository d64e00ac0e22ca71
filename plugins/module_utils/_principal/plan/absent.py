# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan for ``state: absent``: take back what this collection put there, and nothing else.

The principal itself goes only if this collection created it (its tag says so) and nothing else uses it. Permissions
go before trust, and the principal last, so that a run that stops half-way can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._policy.documents import Json, load, statements, text
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.trust_change import without_own
from ..model.operations import delete_inline_policy, delete_principal, detach_policy, update_trust_policy
from ..model.own_policies import of_policy, own_policy_arn
from ..model.state import MANAGED, ROLE, Desired, Observed, Operation
from .own_document import is_ours
from .permissions import deletion


def operations(observed: Observed, desired: Desired) -> Iterator[Operation]:
    """Detach and delete our policy, remove our statements, delete the principal if it is ours and unused."""
    reason = "state: absent"
    for arn in _own_arns(observed, desired):
        if _is_ours_to_detach(observed, desired, arn):
            yield detach_policy(observed, arn, f"{reason}: {arn}")
        why = "created by this collection, and attached to nothing else"
        yield from deletion(of_policy(observed, arn), arn, why)
    if any(_is_our_inline(policy, desired) for policy in observed.inline):
        name = desired.policy_name
        yield delete_inline_policy(observed, name, f"{reason}: inline policy {name}")
    if not observed.exists:
        return
    if not reasons_to_keep(observed, desired):
        yield delete_principal(observed, "created by this collection, and nothing else uses it")
        return
    remaining = trust_without_ours(observed, desired)
    if remaining is not None and statements(remaining):
        yield update_trust_policy(observed, text(remaining), reason)


def _own_arns(observed: Observed, desired: Desired) -> tuple[str, ...]:
    return (own_policy_arn(observed, desired), *(one.arn for one in observed.own_parts))


# Whichever form policy_type asks for now, an earlier run may have left the other. That one goes only if it can be known
# for ours: a managed policy by its tag, an inline policy, which has no tags, by its statements.


def _is_ours_to_detach(observed: Observed, desired: Desired, arn: str) -> bool:
    known = desired.policy_type == MANAGED or of_policy(observed, arn).ownership.policy_created_here
    return known and observed.exists and observed.is_attached(arn)


def _is_our_inline(policy: StoredPolicy, desired: Desired) -> bool:
    """Whether it has our name and holds nothing but statements of ours: it goes as a whole or not at all."""
    if policy.name != desired.policy_name:
        return False
    try:
        found = statements(load(policy.document))
    except UnreadableDocumentError:
        return False
    # The user need not repeat the additional statements of earlier runs: those without a Sid were given one of ours.
    return bool(found) and all(is_ours(one, index, desired.own_statements) for index, one in enumerate(found))


def trust_without_ours(observed: Observed, desired: Desired) -> dict[str, Json] | None:
    """The trust policy without our statements; None if it holds none of ours or cannot be read."""
    if desired.trust is None:
        return None
    try:
        document = load(observed.trust)
    except UnreadableDocumentError:
        return None
    return without_own(document, desired.trust).document


def reasons_to_keep(observed: Observed, desired: Desired) -> tuple[str, ...]:
    """Why the principal may not be deleted; empty if it may."""
    if not observed.exists:
        return ()
    found: list[str] = []
    if not observed.created_here:
        found.append(f"this collection did not create the {observed.kind}")
    detached = [arn for arn in _own_arns(observed, desired) if _is_ours_to_detach(observed, desired, arn)]
    found += [f"policy {one.arn} is attached" for one in observed.attached if one.arn not in detached]
    for policy in observed.inline:
        if not _is_our_inline(policy, desired):
            others = " with statements of others" if policy.name == desired.policy_name else ""
            found.append(f"inline policy {policy.name}{others} is there")
    found += [f"it is a member of group {group.name}" for group in observed.groups]
    found += [f"instance profile {name} uses it" for name in observed.ownership.instance_profiles]
    if observed.ownership.access_keys:
        found.append(f"it has {observed.ownership.access_keys} access keys")
    if observed.ownership.console_password:
        found.append("it has a console password")
    if observed.ownership.mfa_devices:
        found.append(f"it has {observed.ownership.mfa_devices} MFA devices")
    if observed.kind == ROLE:
        remaining = trust_without_ours(observed, desired)
        if remaining is None or statements(remaining):
            found.append("its trust policy holds statements of others")
    return tuple(found)


def leftovers(observed: Observed, desired: Desired) -> tuple[str, ...]:
    """What ``absent`` has to leave behind, said to the user."""
    keep = reasons_to_keep(observed, desired)
    found: list[str] = []
    if keep:
        found.append(f"{observed.arn} was not deleted: {'; '.join(keep)}")
        remaining = trust_without_ours(observed, desired)
        if remaining is not None and not statements(remaining):
            found.append(
                f"the trust policy of {observed.arn} holds no statement but those of this collection, and IAM takes no empty trust "
                "policy: it stays until the role is deleted or gets a statement of its own"
            )
    for arn in _own_arns(observed, desired):
        one = of_policy(observed, arn)
        others = one.ownership.policy_attachments - int(observed.exists and observed.is_attached(arn))
        if one.own_policy is not None and not one.ownership.policy_created_here:
            found.append(f"{one.own_policy.arn} was not deleted: this collection did not create it")
        elif one.own_policy is not None and others > 0:
            found.append(f"{one.own_policy.arn} was not deleted: it is attached to {others} other principals")
    return tuple(found)
