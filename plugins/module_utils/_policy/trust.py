# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may assume the role: evaluating a trust policy against what a restore needs, and what to write where it falls short.

A trust policy meets the requirement if it names the appliance's Impersonation role or the AWS account the appliance
belongs to, unconditionally but for the external ID.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from . import assume, principals, verdicts
from .context import Given, State
from .documents import Json, as_list, element, load, statements
from .errors import UnreadableDocumentError
from .matching import StoredPolicy
from .own_trust import in_family
from .pinned import SOURCE_ACCOUNT, SOURCE_ARN, requests_for_own_account
from .principals import Caller
from .statements import condition_values, effect, is_allow, label
from .verdicts import Decision

LAYER = "trust"
PINNED_AS_ASKED = (
    "AWS Backup is allowed to assume the role only if it sends aws:SourceAccount with the ID of this account, as "
    "backup_source_account_condition requires; the service decides whether it sends it"
)
PINNED_BY_ARN = (
    "AWS Backup is allowed to assume the role only if it sends aws:SourceArn, and aws:SourceAccount where that is "
    "required, of this account, which backup_source_account_condition accepts as well; the service decides whether "
    "it sends them"
)
# No account of anybody's.
_ANOTHER_ACCOUNT = "000000000000"


# Condition key → what is known of it.
Known: TypeAlias = Mapping[str, Given]


def _nothing(_who: str) -> Known:
    return {}


@dataclass(frozen=True, slots=True)
class DesiredTrust:
    """What the trust policy has to bring about.

    ``appliance``: role ARNs or 12-digit account IDs; ``external_id``: only ever for the appliance, since AWS Backup
    sends none and a condition on it would lock the service out; ``services``: service principals. ``pinned``: the one
    among them that may assume it for resources of the role's own account only; empty for none.
    """

    appliance: tuple[str, ...]
    external_id: str | None
    services: tuple[str, ...]
    sid_appliance: str
    sid_service: str
    pinned: str = ""
    sid_other_services: str = ""

    @property
    def has_principals(self) -> bool:
        """Whether anybody is to be allowed to assume the role."""
        return bool(self.appliance or self.services)

    @property
    def sids(self) -> frozenset[str]:
        """By which our statements are known, whatever was asked for when they were written."""
        return frozenset({self.sid_appliance, self.sid_service, self.sid_other_services} - {""})

    def is_own_sid(self, name: str) -> bool:
        """Whether a statement has a Sid of ours. Whether it is ours, its form tells: see ``own_trust``."""
        return any(in_family(name, sid) for sid in self.sids)

    def own(self, account_id: str) -> tuple[dict[str, Json], ...]:
        """Our statements, as we write them into a role of the account."""
        result: list[dict[str, Json]] = []
        if self.appliance:
            statement = _allow(self.sid_appliance, "AWS", self.appliance)
            if self.external_id:
                statement["Condition"] = {"StringEquals": {"sts:ExternalId": self.external_id}}
            result.append(statement)
        return (*result, *self._of_services(account_id))

    def _of_services(self, account_id: str) -> Iterator[dict[str, Json]]:
        if not self.pinned:
            if self.services:
                yield _allow(self.sid_service, "Service", self.services)
            return
        only_ours: dict[str, Json] = {"Condition": {"StringEquals": {SOURCE_ACCOUNT: account_id}}}
        yield _allow(self.sid_service, "Service", (self.pinned,)) | only_ours
        others = tuple(service for service in self.services if service != self.pinned)
        if others:
            yield _allow(self.sid_other_services, "Service", others)


def _allow(sid: str, kind: str, principals: tuple[str, ...]) -> dict[str, Json]:
    value: Json = principals[0] if len(principals) == 1 else list(principals)
    return {"Sid": sid, "Effect": "Allow", "Principal": {kind: value}, "Action": assume.ASSUME_ROLE}


def decide(
    stored: object,
    desired: DesiredTrust,
    role_arn: str,
    known: Callable[[str], Known] = _nothing,
    bounded: Container[str] = (),
) -> tuple[Decision, ...]:
    """One decision per appliance principal and service principal, by the role's trust policy alone. Raises nothing.

    ``known``: who, as the options name it → the condition keys that are known of its request beside what their name tells.
    ``bounded``: who has a permissions boundary, as far as it is known.
    """
    policy = StoredPolicy("", stored)
    callers = {who: replace(caller_of(who), has_boundary=who in bounded) for who in desired.appliance}
    appliance = [
        _named(verdicts.APPLIANCE_MAY_ASSUME, policy, role_arn, caller, desired.external_id, known(who))
        for who, caller in callers.items()
    ]
    services = [_service(policy, role_arn, who, known(who), pinned=who == desired.pinned) for who in desired.services]
    return (*appliance, *services)


def _service(policy: StoredPolicy, role_arn: str, who: str, known: Known, *, pinned: bool) -> Decision:
    decision = _named(verdicts.SERVICE_MAY_ASSUME, policy, role_arn, principals.service(who), None, known)
    if not pinned or decision.verdict != verdicts.CONDITIONAL:
        return decision
    sent = sent_for(policy, role_arn, who, known)
    if sent is None:
        return decision
    return replace(decision, reason=PINNED_BY_ARN if SOURCE_ARN in sent else PINNED_AS_ASKED, asked_for=True)


def sent_for(policy: StoredPolicy, role_arn: str, service: str, known: Known) -> Known | None:
    """What a service that acts for the role's own account has to send so that it is allowed; None if nothing of it is enough."""
    try:
        document = load(policy.document)
    except UnreadableDocumentError:
        return None
    for sent in requests_for_own_account(document, role_arn):
        if assume.trusts(policy, role_arn, principals.service(service), None, {**known, **sent}).met:
            return sent
    return None


def caller_of(who: str) -> Caller:
    """A role, an account as a whole, or a service, as the options name it."""
    account_id = principals.account_of(who)
    return principals.account(account_id) if account_id else principals.parse(who)


def _named(
    requirement: str, policy: StoredPolicy, role_arn: str, caller: Caller, external_id: str | None, known: Known
) -> Decision:
    decision = assume.trusts(policy, role_arn, caller, external_id, known)
    decision = replace(decision, requirement=requirement, layer=LAYER, resource="")
    if decision.verdict == verdicts.IMPLICIT_DENY:
        return _with_near_miss(decision, policy, role_arn, caller, external_id, known)
    return decision


def _with_near_miss(
    decision: Decision, policy: StoredPolicy, role_arn: str, caller: Caller, external_id: str | None, known: Known
) -> Decision:
    """Why no statement allows it, in the words that help most."""
    unknown_id = assume.trusts(policy, role_arn, caller, None, {**known, "sts:ExternalId": State.UNKNOWN})
    if unknown_id.verdict != verdicts.IMPLICIT_DENY:
        reason = "the statement names it, but requires an external ID, and none is set"
        if external_id:
            reason = "the statement names it, but with another external ID"
        return replace(decision, reason=reason, statement=unknown_id.statement)
    if any(orphans(statement) for statement in statements(load(policy.document))):
        reason = "no statement names this principal; a statement contains a unique ID, so the principal that it named was deleted"
        return replace(decision, reason=reason)
    return decision


def orphans(statement: Json) -> tuple[str, ...]:
    """Unique IDs (AROA..., AIDA...) in a Principal: IAM shows them once the principal is deleted (rule 51)."""
    principal = element(statement, "Principal") if isinstance(statement, Mapping) else None
    entries = as_list(element(principal, "AWS")) if isinstance(principal, Mapping) else ()
    return tuple(entry for entry in entries if isinstance(entry, str) and principals.UNIQUE_ID.fullmatch(entry))


def unenforced(document: Mapping[str, Json], desired: DesiredTrust, role_arn: str) -> tuple[str, ...]:
    """Labels of Allow statements that allow the appliance without the external ID that was asked for (rule 69)."""
    if not desired.external_id:
        return ()
    return tuple(
        label(statement, index)
        for index, statement in enumerate(statements(document))
        if _accepts_another(document, statement, desired, role_arn)
    )


def _accepts_another(document: Mapping[str, Json], statement: Json, desired: DesiredTrust, role_arn: str) -> bool:
    alone, others = _alone(document, statement), _other_ids(statement, desired.external_id or "")
    return any(assume.ignores_external_id(alone, role_arn, caller_of(who), others) for who in desired.appliance)


def _other_ids(statement: Json, external_id: str) -> tuple[str, ...]:
    """External IDs other than this one that the statement accepts as well: by a pattern, or by a further value beside it.

    One that accepts another value alone is that of another appliance.
    """
    values = list(condition_values(statement, "sts:externalid")) if isinstance(statement, Mapping) else []
    # Who has to know it in another case has to know it.
    accepts_it = external_id.lower() in map(str.lower, values)
    told = (value for value in values if accepts_it or "*" in value or "?" in value)
    texts = (value.replace("*", some).replace("?", "x") for value in told for some in ("", "x", "-x-"))
    # Shorter than two characters AWS takes none.
    return tuple(dict.fromkeys(text for text in texts if len(text) > 1 and text.lower() != external_id.lower()))


def unpinned(document: Mapping[str, Json], desired: DesiredTrust, role_arn: str) -> tuple[str, ...]:
    """Labels of Allow statements that allow the service for any account, where it was asked to be for this one only."""
    if not desired.pinned:
        return ()
    caller, another = principals.service(desired.pinned), {SOURCE_ACCOUNT: _ANOTHER_ACCOUNT}
    return tuple(
        label(statement, index)
        for index, statement in enumerate(statements(document))
        if assume.trusts(_alone(document, statement), role_arn, caller, None, another).verdict == verdicts.ALLOWED
    )


def names_service(statement: Json, service: str) -> bool:
    """Whether an Allow statement names the service, whatever its conditions."""
    return isinstance(statement, Mapping) and principals.names(statement, principals.service(service)).any.is_true


def asking_for_an_id(document: Mapping[str, Json], desired: DesiredTrust) -> tuple[str, ...]:
    """Labels of Allow statements that name the appliance and ask for an external ID."""
    return tuple(
        label(statement, index)
        for index, statement in enumerate(statements(document))
        if is_allow(statement)
        and "sts:externalid" in str(element(statement, "Condition")).lower()
        and any(not principals.names(statement, caller_of(who)).any.is_false for who in desired.appliance)
    )


def _alone(document: Mapping[str, Json], statement: Json) -> StoredPolicy:
    # A Deny elsewhere in the document may enforce what this statement does not ask for.
    denies = [statement for statement in statements(document) if effect(statement) == "Deny"]
    return StoredPolicy("", {**document, "Statement": [*denies, statement]})


def allows_only(document: Mapping[str, Json]) -> dict[str, Json]:
    """The document without its Deny statements."""
    # A Deny cannot be granted away: whether to write our Allow is decided by the Allow statements alone.
    allows: Sequence[Json] = [statement for statement in statements(document) if is_allow(statement)]
    return {**document, "Statement": list(allows)}
