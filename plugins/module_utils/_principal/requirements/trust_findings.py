# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings in the trust policy of a restore role: who else may assume it, and who no longer can. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._policy import trust
from ..._policy.arns import account_in
from ..._policy.context import State
from ..._policy.documents import Json, as_list, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.evaluate import TRUST
from ..._policy.exposure import ORGANIZATION, Exposure, exposure, named_accounts, whole_account
from ..._policy.own_trust import TrustForm, form_of, own_statements, without_orphans
from ..._policy.restrictions import EXTERNAL_ID, SOURCE_ACCOUNT
from ..._policy.statements import effect, label
from ..._policy.web_identity import open_provider
from ..model.results import HIGH, LOW, MEDIUM, FindingName, Severity
from ..model.state import Desired, Observed
from .finding import Finding


def of_trust_policy(observed: Observed, desired: Desired) -> Iterator[Finding]:
    """Of a role that exists; none of a user, or of a trust policy that cannot be read."""
    desired_trust = desired.trust
    if desired_trust is None:
        return
    if not desired_trust.appliance:
        message = "appliance_principals is empty: whether the appliance may assume the role was not evaluated."
        yield _finding(
            "appliance_not_provided", LOW, "", message, "Set appliance_principals to its Impersonation role."
        )
    try:
        document = load(observed.trust)
    except UnreadableDocumentError:
        return
    yield from _external_id(document, desired_trust, observed.arn)
    yield from _source_account(document, desired_trust, observed.arn)
    for index, item in enumerate(statements(document)):
        yield from _statement(document, index, desired_trust, observed.arn)
        yield from _not_asked_for(item, index, desired_trust, observed.arn)


def _finding(name: FindingName, severity: Severity, statement: str, message: str, remedy: str) -> Finding:
    return Finding(name, severity, TRUST, "", statement, message, remedy)


def _external_id(document: dict[str, Json], desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    place = f"of the trust policy of {role_arn}"
    ours = _repaired(document, desired_trust.sid_appliance, TrustForm("aws", desired_trust.appliance), EXTERNAL_ID)
    for name in trust.unenforced(document, desired_trust, role_arn):
        if name not in ours:
            message = (
                f"Statement {name} {place} allows the appliance to assume the role without the required external ID. "
                "It is not this collection's statement and was left in place."
            )
            remedy = "Add the condition on sts:ExternalId, or remove the statement."
            yield _finding("external_id_not_enforced", HIGH, name, message, remedy)
    for name in trust.asking_for_an_id(document, desired_trust) if desired_trust.external_id is None else ():
        message = f"Statement {name} {place} requires an external ID, but appliance_external_id is not set."
        remedy = "If the appliance sends one, set it: without it the appliance is allowed to assume the role by its name alone."
        yield _finding("external_id_not_provided", MEDIUM, name, message, remedy)


def _repaired(document: dict[str, Json], sid: str, wanted: TrustForm, key: str) -> set[str]:
    """Labels of the statements that a run gives the condition on ``key`` that is asked for: ours for it, that name one of them."""
    body = statements(document)
    own = own_statements(body, sid, wanted.kind, frozenset({key}))
    return {label(body[index], index) for index, form in own.items() if any(map(form.names, wanted.principals))}


def _source_account(document: dict[str, Json], desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    ours = _repaired(document, desired_trust.sid_service, TrustForm("service", (desired_trust.pinned,)), SOURCE_ACCOUNT)
    for name in trust.unpinned(document, desired_trust, role_arn):
        if name not in ours:
            message = (
                f"Statement {name} of the trust policy of {role_arn} allows {desired_trust.pinned} to assume the "
                "role for any account, although backup_source_account_condition is set. It is not this collection's "
                "statement and was left in place."
            )
            remedy = "Add the condition on aws:SourceAccount, or remove the statement."
            yield _finding("source_account_not_enforced", MEDIUM, name, message, remedy)


def _not_asked_for(statement: Json, index: int, desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    """Whoever stands in a statement of ours and is not named by the options may be somebody's, and stays."""
    name = label(statement, index)
    form = form_of(statement) if desired_trust.is_own_sid(name) else None
    if form is None:
        return
    named = desired_trust.appliance if form.kind == "aws" else desired_trust.services
    others = [
        principal
        for principal in without_orphans(form.principals)
        if not any(form.is_same(principal, named_one) for named_one in named)
    ]
    if named and others:
        message = (
            f"Statement {name} of the trust policy of {role_arn}, which has one of this collection's Sids, also "
            f"allows {', '.join(others)} to assume the role, which are not in the options. They were left in place."
        )
        remedy = "Remove them manually if they are not needed, or add them to the options."
        yield _finding("principal_not_asked_for", LOW, name, message, remedy)


def _statement(
    document: dict[str, Json], index: int, desired_trust: trust.DesiredTrust, role_arn: str
) -> Iterator[Finding]:
    statement = statements(document)[index]
    name = label(statement, index)
    place = f"Statement {name} of the trust policy of {role_arn}"
    if trust.orphans(statement):
        message = (
            f"{place} names {', '.join(trust.orphans(statement))}, the unique ID of a deleted principal. It allows "
            "no one to assume the role, and IAM may reject it when the policy is written again."
        )
        yield _finding(
            "orphaned_principal", MEDIUM, name, message, "Remove it, or name the principal that took its place."
        )
    if effect(statement) != "Allow":
        return
    reached = exposure(document, statement, role_arn)
    if reached is not None:
        yield _exposed(reached, name, place)
    if provider := open_provider(document, statement, role_arn):
        message = (
            f"{place} allows everyone to assume the role through the identity provider {provider}: its conditions are met by "
            "a token that anyone can get there."
        )
        remedy = "Require the subject of your own workload in the condition, or remove the statement."
        yield _finding("trust_to_everyone", HIGH, name, message, remedy)
    for service in desired_trust.services if _asks_for_an_id(statement) else ():
        if trust.names_service(statement, service):
            message = (
                f"{place} requires an external ID from {service}. The service sends none, so it cannot assume the role."
            )
            yield _finding("external_id_for_a_service", HIGH, name, message, "Remove the condition on sts:ExternalId.")
    if reached is None:
        yield from _whole_accounts(document, index, desired_trust, role_arn, place)


def _exposed(reached: Exposure, name: str, place: str) -> Finding:
    """Who can choose its name, its tags or its session keeps no condition on them."""
    severity: Severity = MEDIUM if reached.narrowed else HIGH
    remedy = "Name the appliance's Impersonation role instead."
    keys = ", ".join(reached.keys)
    if reached.reach == ORGANIZATION:
        which = "principals of every account of an organization"
        message = f"{place} allows {which} to assume the role, by a condition on {keys or 'the organization'}."
        return _finding("trust_to_an_organization", severity, name, message, remedy)
    if reached.accounts:
        message = (
            f"{place} allows every AWS account whose ID is like {reached.accounts} to assume the role, by a "
            f"condition on {keys}: anyone can have such an account."
        )
    elif not keys:
        message = f"{place} allows every AWS account to assume the role, without a condition."
    elif {key.lower() for key in reached.keys} == {EXTERNAL_ID}:
        message = f"{place} allows every AWS account that knows the external ID to assume the role."
        remedy = "Name the appliance's Impersonation role instead: an external ID is no secret."
    elif reached.narrowed:
        message = (
            f"{place} allows every AWS account to assume the role from some network: its only condition is on {keys}."
        )
    else:
        message = (
            f"{place} allows every AWS account to assume the role: its condition on {keys} is met without the key, or by what "
            "a caller can choose, such as the name of a role."
        )
    return _finding("trust_to_everyone", severity, name, message, remedy)


def _whole_accounts(
    document: dict[str, Json], index: int, desired_trust: trust.DesiredTrust, role_arn: str, place: str
) -> Iterator[Finding]:
    statement = statements(document)[index]
    name, roles = label(statement, index), _accounts_of_roles(document, index, desired_trust)
    of_appliance = {account_in(arn) for arn in desired_trust.appliance if ":role/" in arn}
    whole = {account_in(who) or who for who in desired_trust.appliance if ":role/" not in who}
    named = named_accounts(statement) - {account_in(role_arn)} - (whole - of_appliance)
    for account in sorted(named):
        # Another appliance's external ID is none that is known of the appliance's own account.
        external_id = desired_trust.external_id if account in of_appliance else State.UNKNOWN
        keys = whole_account(document, statement, role_arn, account, external_id)
        if keys is None:
            continue
        severity: Severity = MEDIUM if account in roles and not set(map(str.lower, keys)) - {EXTERNAL_ID} else LOW
        under = f", under a condition on {', '.join(keys)}" if keys else ""
        message = (
            f"{place} allows every principal of account {account} that has sts:AssumeRole to assume the role{under}, "
        )
        if account in of_appliance:
            message += "in which the appliance is only one role."
            remedy = "Naming that role in appliance_principals and in the statement is enough."
        else:
            message += "which is not the appliance's account."
            remedy = "If it is needed, name the roles that need it."
        yield _finding("trust_to_a_whole_account", severity, name, message, remedy)


def _accounts_of_roles(document: dict[str, Json], index: int, desired_trust: trust.DesiredTrust) -> frozenset[str]:
    """The accounts of which the options, or another Allow statement, name a role."""
    others = [other for place, other in enumerate(statements(document)) if place != index and effect(other) == "Allow"]
    blocks = [element(other, "Principal") for other in others if isinstance(other, Mapping)]
    entries = [entry for block in blocks if isinstance(block, Mapping) for entry in as_list(element(block, "AWS"))]
    named = [*desired_trust.appliance, *(entry for entry in entries if isinstance(entry, str))]
    return frozenset(account_in(arn) for arn in named if ":role/" in arn)


def _asks_for_an_id(statement: Any) -> bool:
    return "sts:externalid" in str(element(statement, "Condition")).lower()
