# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may assume the role: judging a trust policy against what a restore needs.

Like ``grants``, sound and narrow: a statement admits a principal only if that is beyond doubt. A trust policy meets
the requirement if it names the appliance's Impersonation role or the AWS account the appliance belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import verdicts
from .canonical import atoms, contains, principal_id
from .documents import Json, UnreadableDocument, as_list, element, load, statements
from .statements import conditions, effect, label, merged, names_action
from .verdicts import Decision

LAYER = "trust"
_ASSUME_ROLE = "sts:AssumeRole"
_EXTERNAL_ID = "sts:externalid"


@dataclass(frozen=True, slots=True)
class TrustWanted:
    """What the trust policy has to bring about.

    ``appliance``: role ARNs or 12-digit account IDs; ``external_id``: only ever for the appliance, since AWS Backup
    sends none and a condition on it would lock the service out; ``services``: service principals.
    """

    appliance: tuple[str, ...]
    external_id: str | None
    services: tuple[str, ...]
    sid_appliance: str
    sid_service: str

    @property
    def own(self) -> tuple[dict[str, Json], ...]:
        """Our statements, as we write them."""
        result: list[dict[str, Json]] = []
        if self.appliance:
            statement = _allow(self.sid_appliance, "AWS", self.appliance)
            if self.external_id:
                statement["Condition"] = {"StringEquals": {"sts:ExternalId": self.external_id}}
            result.append(statement)
        if self.services:
            result.append(_allow(self.sid_service, "Service", self.services))
        return tuple(result)


def _allow(sid: str, kind: str, principals: tuple[str, ...]) -> dict[str, Json]:
    value: Json = principals[0] if len(principals) == 1 else list(principals)
    return {"Sid": sid, "Effect": "Allow", "Principal": {kind: value}, "Action": _ASSUME_ROLE}


def decide(stored: object, wanted: TrustWanted) -> tuple[Decision, ...]:
    """One decision per appliance principal and service principal. Raises nothing."""
    questions = [(verdicts.APPLIANCE_MAY_ASSUME, "AWS", who, wanted.external_id) for who in wanted.appliance]
    questions += [(verdicts.SERVICE_MAY_ASSUME, "Service", who, None) for who in wanted.services]
    try:
        document = load(stored)
    except UnreadableDocument as error:
        return tuple(
            Decision(requirement, verdicts.UNREADABLE, str(error), who, LAYER) for requirement, _k, who, _e in questions
        )
    return tuple(_decide(document, *question) for question in questions)


def _decide(document: Mapping[str, Json], requirement: str, kind: str, who: str, external_id: str | None) -> Decision:
    answers = [
        (label(statement, index), effect(statement), _admits(statement, kind, who, external_id))
        for index, statement in enumerate(statements(document))
    ]
    for name, how, admits in answers:
        if how == "Deny" and admits is True:
            return Decision(requirement, verdicts.EXPLICIT_DENY, "a Deny names it", who, LAYER, "", name)
    for name, how, admits in answers:
        if how is None or (how == "Deny" and admits is None):
            reason = "a Deny may apply to it" if how else "the statement cannot be read"
            return Decision(requirement, verdicts.CONDITIONAL, reason, who, LAYER, "", name)
    allows = [(name, admits) for name, how, admits in answers if how == "Allow" and admits is not False]
    for name, admits in allows:
        if admits is True:
            return Decision(requirement, verdicts.ALLOWED, "the statement names it", who, LAYER, "", name)
    if allows:
        reason = "the statement names it, but only under a condition or in a form that does not decide it"
        return Decision(requirement, verdicts.CONDITIONAL, reason, who, LAYER, "", allows[0][0])
    return Decision(requirement, verdicts.IMPLICIT_DENY, _near_miss(document, kind, who), who, LAYER)


def _near_miss(document: Mapping[str, Json], kind: str, who: str) -> str:
    """Why nothing admits it, in the words that help most."""
    for index, statement in enumerate(statements(document)):
        if not isinstance(statement, Mapping) or effect(statement) != "Allow":
            continue
        if _names(statement, kind, who) and names_action(statement, _ASSUME_ROLE):
            return f"statement {label(statement, index)} names it, but with another external ID"
    if any(orphans(statement) for statement in statements(document)):
        return "no statement names it; a statement names a unique ID, so the principal it once named was deleted"
    return "no statement names it"


def orphans(statement: Json) -> tuple[str, ...]:
    """Unique IDs (AROA..., AIDA...) in a Principal: IAM shows them once the principal is deleted (rule 51)."""
    principal = element(statement, "Principal") if isinstance(statement, Mapping) else None
    entries = as_list(element(principal, "AWS")) if isinstance(principal, Mapping) else ()
    return tuple(entry for entry in entries if isinstance(entry, str) and entry[:4] in ("AROA", "AIDA"))


def _admits(statement: Json, kind: str, who: str, external_id: str | None) -> bool | None:
    """Whether the statement applies to this principal's sts:AssumeRole: yes, no, or None where that is not clear."""
    if not isinstance(statement, Mapping):
        return None
    answers = (
        names_action(statement, _ASSUME_ROLE),
        _names(statement, kind, who),
        True if element(statement, "Resource") is None and element(statement, "NotResource") is None else None,
        _condition_holds(conditions(statement), external_id),
    )
    if any(answer is False for answer in answers):
        return False
    return True if all(answers) else None


def _names(statement: Mapping[str, Json], kind: str, who: str) -> bool | None:
    principal = element(statement, "Principal")
    if principal is None:
        return None if element(statement, "NotPrincipal") is not None else False
    if principal == "*":
        principal = {"AWS": "*"}
    if not isinstance(principal, Mapping):
        return None
    entries = {entry for entry in as_list(element(principal, kind)) if isinstance(entry, str)}
    if kind == "Service":
        if who.lower() in {entry.lower() for entry in entries}:
            return True
        # AWS does not say whether "*" covers service principals (rule 49).
        return None if "*" in as_list(element(principal, "AWS")) else False
    wanted = {principal_id("AWS", who), principal_id("AWS", _account_of(who))}
    return "*" in entries or bool(wanted & {principal_id("AWS", entry) for entry in entries})


def _account_of(who: str) -> str:
    return who.split(":")[4] if who.startswith("arn:") else who


def _condition_holds(condition: Json, external_id: str | None) -> bool | None:
    """True without a condition; decided where the only condition is one StringEquals on the external ID."""
    if condition is None:
        return True
    if not isinstance(condition, Mapping) or len(condition) != 1:
        return None
    ((operator, keys),) = condition.items()
    if operator.lower() != "stringequals" or not isinstance(keys, Mapping) or len(keys) != 1:
        return None
    ((key, values),) = keys.items()
    if key.lower() != _EXTERNAL_ID:
        return None
    return external_id is not None and external_id in as_list(values)


def unenforced(document: Mapping[str, Json], wanted: TrustWanted) -> tuple[str, ...]:
    """Labels of Allow statements that let the appliance in without the external ID that was asked for."""
    if not wanted.external_id:
        return ()
    return tuple(
        label(statement, index)
        for index, statement in enumerate(statements(document))
        if effect(statement) == "Allow" and any(_admits(statement, "AWS", who, None) for who in wanted.appliance)
    )


def to_write(document: Mapping[str, Json], wanted: TrustWanted, *, exact: bool) -> tuple[dict[str, Json], ...]:
    """Those of our statements that have to be added or repaired so that ``document`` meets ``wanted``.

    Not exact: a requirement that any statement meets needs nothing, unless the statement is ours and lets the
    appliance in without the external ID asked for. Exact: ours have to stand as we write them.
    """
    if exact:
        return tuple(statement for statement in wanted.own if not _stands(document, statement))
    loose = unenforced(document, wanted)
    needed: set[str] = {wanted.sid_appliance} & set(loose)
    for requirement, sid in (
        (verdicts.APPLIANCE_MAY_ASSUME, wanted.sid_appliance),
        (verdicts.SERVICE_MAY_ASSUME, wanted.sid_service),
    ):
        unmet = [d for d in decide(_allows_only(document), wanted) if d.requirement == requirement and not d.met]
        if unmet:
            needed.add(sid)
    return tuple(statement for statement in wanted.own if str(statement["Sid"]) in needed)


def _stands(document: Mapping[str, Json], own: Mapping[str, Json]) -> bool:
    """Whether ``own`` is there as we write it, and no statement under its Sid says anything else."""
    under_sid = [one for index, one in enumerate(statements(document)) if label(one, index) == own["Sid"]]
    wanted = atoms(dict(own), variables=True)
    return contains(document, own) and all(atoms(one, variables=True) == wanted for one in under_sid)


def _allows_only(document: Mapping[str, Json]) -> dict[str, Json]:
    # A Deny cannot be granted away: whether to write our Allow is decided by the Allow statements alone.
    allows: Sequence[Json] = [one for one in statements(document) if effect(one) == "Allow"]
    return {**document, "Statement": list(allows)}


def merge(document: Mapping[str, Json], wanted: TrustWanted, *, exact: bool) -> dict[str, Json]:
    """``document`` with our statements added or repaired where needed; every other statement as it is, in order."""
    return merged(document, to_write(document, wanted, exact=exact))
