# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore does not fail on, but somebody should look at: in the trust policy of a restore role. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._policy import assume, principals, trust
from .._policy.documents import Json, UnreadableDocument, element, load, statements
from .._policy.matching import StoredPolicy
from .._policy.statements import effect, label
from .state import Desired, Observed

HIGH, MEDIUM, LOW = "high", "medium", "low"

# Somebody who has nothing to do with any restore: whom only "everyone" lets in.
_STRANGER = principals.role("arn:aws:iam::000000000000:role/nobody")


def findings(observed: Observed, desired: Desired) -> list[dict[str, str]]:
    """``finding``, ``severity``, ``statement`` (Sid or ``#index``) and ``message``, which says what to do, each."""
    wanted = desired.trust
    if not desired.present or not observed.exists or wanted is None:
        return []
    if not wanted.appliance:
        return [_finding("appliance_not_given", LOW, "", _NOT_GIVEN)]
    try:
        document = load(observed.trust)
    except UnreadableDocument:
        return []
    return [
        *_external_id(document, wanted, observed.arn),
        *(
            one
            for index, item in enumerate(statements(document))
            for one in _statement(item, index, wanted, observed.arn)
        ),
    ]


_NOT_GIVEN = "appliance_principals is empty: whether the appliance may assume the role was not looked at."


def _finding(name: str, severity: str, statement: str, message: str) -> dict[str, str]:
    return {"finding": name, "severity": severity, "statement": statement, "message": message}


def _external_id(document: dict[str, Json], wanted: trust.TrustWanted, role_arn: str) -> Iterator[dict[str, str]]:
    place = f"of the trust policy of {role_arn}"
    for name in trust.unenforced(document, wanted, role_arn):
        if name != wanted.sid_appliance:
            message = (
                f"Statement {name} {place} lets the appliance in without the external ID that was asked for. It is not "
                "this collection's statement and was left as it is: add the condition, or remove the statement."
            )
            yield _finding("external_id_not_enforced", HIGH, name, message)
    for name in trust.asking_for_an_id(document, wanted) if wanted.external_id is None else ():
        message = (
            f"Statement {name} {place} asks for an external ID, and appliance_external_id is not set. If the appliance "
            "sends one, set it: without it the appliance is let in by its name alone."
        )
        yield _finding("external_id_not_given", MEDIUM, name, message)


def _statement(one: Json, index: int, wanted: trust.TrustWanted, role_arn: str) -> Iterator[dict[str, str]]:
    name, place = label(one, index), f"Statement {label(one, index)} of the trust policy of {role_arn}"
    if trust.orphans(one):
        message = (
            f"{place} names {', '.join(trust.orphans(one))}, the unique ID of a principal that was deleted. It lets "
            "nobody in, and IAM may refuse to store it again: remove it."
        )
        yield _finding("orphaned_principal", MEDIUM, name, message)
    if effect(one) != "Allow":
        return
    if assume.trusts(_alone(one), role_arn, _STRANGER, None).met:
        message = (
            f"{place} lets every AWS account in, without a condition: name the appliance's Impersonation role instead."
        )
        yield _finding("trust_to_everyone", HIGH, name, message)
        return
    for service in wanted.services if _asks_for_an_id(one) else ():
        if trust.names_service(one, service):
            message = f"{place} asks {service} for an external ID. The service sends none, so it is locked out: remove the condition."
            yield _finding("external_id_for_a_service", HIGH, name, message)
    for account in sorted({who.split(":")[4] for who in wanted.appliance if ":role/" in who}):
        if assume.trusts(_alone(one), role_arn, principals.account(account), wanted.external_id).met:
            message = (
                f"{place} lets in every principal of account {account} that has sts:AssumeRole, where the appliance is one "
                "role of it: naming that role is enough."
            )
            yield _finding("trust_to_a_whole_account", LOW, name, message)


def _alone(statement: Json) -> StoredPolicy:
    return StoredPolicy("", {"Version": "2012-10-17", "Statement": [statement]})


def _asks_for_an_id(statement: Any) -> bool:
    return "sts:externalid" in str(element(statement, "Condition")).lower()
