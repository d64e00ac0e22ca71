# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings in the trust policy of a restore role: who else may assume it, and who no longer can. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..._policy import assume, principals, trust
from ..._policy.arns import account_in
from ..._policy.documents import Json, as_list, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.evaluate import TRUST
from ..._policy.matching import StoredPolicy
from ..._policy.own_trust import form_of, without_orphans
from ..._policy.statements import effect, label
from ..model.results import HIGH, LOW, MEDIUM, FindingName, Severity
from ..model.state import Desired, Observed
from .finding import Finding

# Somebody who has nothing to do with any restore: whom only a statement for everyone allows to assume the role.
_STRANGER = principals.role("arn:aws:iam::000000000000:role/nobody")


def of_trust_policy(observed: Observed, desired: Desired) -> Iterator[Finding]:
    """Of a role that exists; none of a user, or of a trust policy that cannot be read."""
    desired_trust = desired.trust
    if desired_trust is None:
        return
    if not desired_trust.appliance:
        message = "appliance_principals is empty: whether the appliance may assume the role was not looked at."
        yield _finding("appliance_not_given", LOW, "", message, "Set appliance_principals to its Impersonation role.")
    try:
        document = load(observed.trust)
    except UnreadableDocumentError:
        return
    yield from _external_id(document, desired_trust, observed.arn)
    yield from _source_account(document, desired_trust, observed.arn)
    for index, item in enumerate(statements(document)):
        yield from _statement(item, index, desired_trust, observed.arn)
        yield from _not_asked_for(item, index, desired_trust, observed.arn)


def _finding(name: FindingName, severity: Severity, statement: str, message: str, remedy: str) -> Finding:
    return Finding(name, severity, TRUST, "", statement, message, remedy)


def _external_id(document: dict[str, Json], desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    place = f"of the trust policy of {role_arn}"
    for name in trust.unenforced(document, desired_trust, role_arn):
        if not _is_ours(document, name, desired_trust):
            message = (
                f"Statement {name} {place} allows the appliance to assume the role without the external ID that was asked for. It is not "
                "this collection's statement and was left as it is."
            )
            remedy = "Add the condition on sts:ExternalId, or remove the statement."
            yield _finding("external_id_not_enforced", HIGH, name, message, remedy)
    for name in trust.asking_for_an_id(document, desired_trust) if desired_trust.external_id is None else ():
        message = f"Statement {name} {place} asks for an external ID, and appliance_external_id is not set."
        remedy = "If the appliance sends one, set it: without it the appliance is allowed to assume the role by its name alone."
        yield _finding("external_id_not_given", MEDIUM, name, message, remedy)


def _is_ours(document: dict[str, Json], name: str, desired_trust: trust.DesiredTrust) -> bool:
    """Whether a run repairs the statement of this label."""
    same_label = [item for index, item in enumerate(statements(document)) if label(item, index) == name]
    return desired_trust.is_own_sid(name) and all(form_of(item) is not None for item in same_label)


def _source_account(document: dict[str, Json], desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    for name in trust.unpinned(document, desired_trust, role_arn):
        if not _is_ours(document, name, desired_trust):
            message = (
                f"Statement {name} of the trust policy of {role_arn} allows {desired_trust.pinned} to assume the role whatever account it acts for, and "
                "backup_source_account_condition was asked for. It is not this collection's statement and was left as it is."
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
            f"Statement {name} of the trust policy of {role_arn}, which has a Sid of this collection's, allows {', '.join(others)} "
            "to assume the role, and the options do not name them. They were left in place."
        )
        remedy = "Take them out by hand if nobody needs them, or add them to the options."
        yield _finding("principal_not_asked_for", LOW, name, message, remedy)


def _statement(statement: Json, index: int, desired_trust: trust.DesiredTrust, role_arn: str) -> Iterator[Finding]:
    name, place = label(statement, index), f"Statement {label(statement, index)} of the trust policy of {role_arn}"
    if trust.orphans(statement):
        message = (
            f"{place} names {', '.join(trust.orphans(statement))}, the unique ID of a principal that was deleted. It lets "
            "nobody in, and IAM may refuse to store it again."
        )
        yield _finding(
            "orphaned_principal", MEDIUM, name, message, "Remove it, or name the principal that took its place."
        )
    if effect(statement) != "Allow":
        return
    if assume.trusts(_alone(statement), role_arn, _STRANGER, None).met:
        message = f"{place} allows every AWS account to assume the role, without a condition."
        yield _finding("trust_to_everyone", HIGH, name, message, "Name the appliance's Impersonation role instead.")
        return
    if (
        desired_trust.external_id
        and assume.trusts(_alone(statement), role_arn, _STRANGER, desired_trust.external_id).met
    ):
        message = f"{place} allows every AWS account that knows the external ID to assume the role."
        remedy = "Name the appliance's Impersonation role instead: an external ID is no secret."
        yield _finding("trust_to_everyone", HIGH, name, message, remedy)
        return
    for service in desired_trust.services if _asks_for_an_id(statement) else ():
        if trust.names_service(statement, service):
            message = f"{place} asks {service} for an external ID. The service sends none, so it is locked out."
            yield _finding("external_id_for_a_service", HIGH, name, message, "Remove the condition on sts:ExternalId.")
    for account in sorted({account_in(arn) for arn in desired_trust.appliance if ":role/" in arn}):
        if assume.trusts(_alone(statement), role_arn, principals.account(account), desired_trust.external_id).met:
            message = (
                f"{place} allows every principal of account {account} that has sts:AssumeRole to assume the role, where the appliance is one "
                "role of it."
            )
            remedy = "Naming that role in appliance_principals and in the statement is enough."
            yield _finding("trust_to_a_whole_account", LOW, name, message, remedy)
    for account in sorted(_others(statement, desired_trust, role_arn)):
        message = f"{place} allows every principal of account {account} that has sts:AssumeRole to assume the role, and that is not the appliance's."
        yield _finding("trust_to_a_whole_account", LOW, name, message, "Name the roles that need it, if it is needed.")


def _others(statement: Json, desired_trust: trust.DesiredTrust, role_arn: str) -> set[str]:
    """Accounts that the statement names as a whole, but for the role's own and the appliance's."""
    block = element(statement, "Principal") if isinstance(statement, Mapping) else None
    entries = as_list(element(block, "AWS")) if isinstance(block, Mapping) else ()
    named = {principals.account_of(entry) for entry in entries if isinstance(entry, str)}
    ours = {account_in(principal) or principal for principal in desired_trust.appliance}
    return named - ours - {"", account_in(role_arn)}


def _alone(statement: Json) -> StoredPolicy:
    return StoredPolicy("", {"Version": "2012-10-17", "Statement": [statement]})


def _asks_for_an_id(statement: Any) -> bool:
    return "sts:externalid" in str(element(statement, "Condition")).lower()
