# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan for ``state: absent``: take back what this collection put there, and nothing else.

The principal itself goes only if this collection created it (its tag says so) and nothing else uses it. Permissions
go before trust, and the principal last, so that a run that stops half-way can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._permission_sets.catalog import PRINCIPAL_TAG_KEY
from ..._policy.documents import Json, load, statements, statements_in, text
from ..._policy.errors import UnreadableDocumentError
from ..._policy.matching import StoredPolicy
from ..._policy.own_permissions import denials
from ..._policy.trust_change import without_own
from ..model.operations import delete_inline_policy, delete_principal, detach_policy, update_trust_policy
from ..model.own_policies import own_arns
from ..model.ownership import is_named_for, names_in, names_nobody_else
from ..model.state import ROLE, Desired, Observed, Operation, OwnPolicy
from .own_document import is_ours
from .permissions import deletion


def operations(observed: Observed, desired: Desired) -> Iterator[Operation]:
    """Detach and delete our policy, remove our statements, delete the principal if it is ours and unused."""
    reason = "state: absent"
    for arn in own_arns(observed, desired):
        if _stays_for(observed, desired, arn):
            continue
        if _is_ours_to_detach(observed, desired, arn):
            yield detach_policy(observed, arn, f"{reason}: {arn}")
        yield from deletion(observed, arn, "created by this collection, and attached to nothing else")
    if any(_is_our_inline(policy, desired) for policy in observed.inline):
        name = desired.inline_name
        yield delete_inline_policy(observed, name, f"{reason}: inline policy {name}")
    if not observed.exists:
        return
    if not reasons_to_keep(observed, desired):
        yield delete_principal(observed, "created by this collection, and nothing else uses it")
        return
    remaining = trust_without_ours(observed, desired)
    if remaining is not None and statements(remaining):
        yield update_trust_policy(observed, text(remaining), reason)


# Whichever form policy_type asks for now, an earlier run may have left the other. Either goes only if it can be known for
# ours: a managed policy by its tags, an inline policy, which has no tags, by its statements.


def _is_ours_to_detach(observed: Observed, desired: Desired, arn: str) -> bool:
    own = observed.own_policy(arn)
    known = own is not None and is_named_for(observed, own)
    return known and observed.exists and observed.is_attached(arn) and not _stays_for(observed, desired, arn)


def _stays_for(observed: Observed, desired: Desired, arn: str) -> str:
    """What somebody has put into our managed policy that refuses something, so that taking it away gives access; else empty."""
    own = observed.own_policy(arn)
    if own is None or desired.allow_widening:
        return ""
    try:
        theirs = denials(load(own.stored.document), desired.own_statements)
    except UnreadableDocumentError as error:
        return f"it cannot be read ({error})"
    return f"its statement {theirs[0]} denies something" if theirs else ""


def _is_our_inline(policy: StoredPolicy, desired: Desired) -> bool:
    """Whether it has our name and holds nothing but statements of ours: it goes as a whole or not at all."""
    if policy.name != desired.inline_name:
        return False
    body = statements_in(policy.document)
    # The user need not repeat the additional statements of earlier runs: those without a Sid were given one of ours.
    own = desired.own_statements
    return bool(body) and all(is_ours(statement, index, own) for index, statement in enumerate(body))


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
    reasons: list[str] = []
    if not observed.created_here:
        reasons.append(f"this collection did not create the {observed.kind}")
    detached = [arn for arn in own_arns(observed, desired) if _is_ours_to_detach(observed, desired, arn)]
    reasons += [f"policy {policy.arn} is attached" for policy in observed.attached if policy.arn not in detached]
    for policy in observed.inline:
        if not _is_our_inline(policy, desired):
            others = " with statements that this collection did not write" if policy.name == desired.inline_name else ""
            reasons.append(f"inline policy {policy.name}{others} exists")
    reasons += uses(observed)
    if observed.kind == ROLE:
        remaining = trust_without_ours(observed, desired)
        if remaining is None or statements(remaining):
            reasons.append("its trust policy contains statements that this collection did not write")
    return tuple(reasons)


def uses(observed: Observed) -> Iterator[str]:
    """What else depends on the principal than its policies, in words."""
    yield from (f"it is a member of group {group.name}" for group in observed.groups)
    yield from (f"instance profile {name} uses it" for name in observed.use.instance_profiles)
    if observed.use.access_keys:
        yield f"it has {_counted(observed.use.access_keys, 'access key')}"
    if observed.use.console_password:
        yield "it has a console password"
    if observed.use.mfa_devices:
        yield f"it has {_counted(observed.use.mfa_devices, 'MFA device')}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def leftovers(observed: Observed, desired: Desired) -> tuple[str, ...]:
    """What ``absent`` has to leave behind, said to the user."""
    keep = reasons_to_keep(observed, desired)
    left: list[str] = []
    if keep:
        left.append(f"{observed.arn} was not deleted: {'; '.join(keep)}")
        remaining = trust_without_ours(observed, desired)
        if remaining is not None and not statements(remaining):
            left.append(
                f"the trust policy of {observed.arn} contains only statements of this collection, and IAM does not "
                "accept an empty trust policy: it is left in place until the role is deleted or gets another "
                "statement"
            )
    left += [why for own in observed.own_policies if (why := _why_left(observed, desired, own))]
    return tuple(left)


def _why_left(observed: Observed, desired: Desired, own: OwnPolicy) -> str:
    """Why a managed policy under our name stays, or stays attached; empty if it goes."""
    others, holds = observed.other_uses(own), _stays_for(observed, desired, own.arn)
    if not is_named_for(observed, own):
        what = "neither detached nor deleted" if observed.is_attached(own.arn) else "not deleted"
        created_elsewhere = "this collection did not create it"
        named = f"its tag {PRINCIPAL_TAG_KEY} names {names_in(own)}"
        why = created_elsewhere if names_nobody_else(observed, own) else named
        return f"{own.arn} was {what}: {why}"
    if holds:
        return (
            f"{own.arn} was neither detached nor deleted: {holds}. Move it into another policy, or set "
            "allow_widening: true to remove it"
        )
    return f"{own.arn} was not deleted: it is used by {_counted(others, 'other principal')}" if others > 0 else ""
