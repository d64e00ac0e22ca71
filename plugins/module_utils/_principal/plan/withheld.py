# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan leaves undone because it would loosen something, as messages with the place and the ways out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..._permission_sets.catalog import BACKUP_SERVICE
from ..._policy import verdicts
from ..._policy.principals import account_of
from ..._policy.restrictions import EXTERNAL_ID, SOURCE_ACCOUNT, Restriction
from ..._policy.trust import LAYER
from ..._policy.verdicts import Decision
from ..model.state import EXACT, Desired, Observed, PrincipalError
from .plan import trust_change
from .privileged import held

_WIDEN = "set allow_widening: true to write it anyway"
_LET_IN = "set allow_privileged: true to allow it anyway"
_FEW = 3
_TRUST = frozenset({verdicts.APPLIANCE_MAY_ASSUME, verdicts.SERVICE_MAY_ASSUME})


def with_reasons(decisions: Sequence[Decision], observed: Observed, desired: Desired) -> tuple[Decision, ...]:
    """``decisions`` on the state that the plan leads to: each requirement that it leaves unmet on purpose says why.

    So does one that is met, where purge_trust or match: exact was not carried out: else nobody would know.
    """
    if not any(decision.requirement in _TRUST for decision in decisions):
        return tuple(decisions)
    try:
        change = trust_change(observed, desired)
    except PrincipalError:
        return tuple(decisions)
    if change is None:
        return tuple(decisions)
    by_subject: dict[str, list[Restriction]] = {}
    for restriction in change.restrictions:
        by_subject.setdefault(_subject(restriction.principal), []).append(restriction)
    # A purge that is stopped for one lets nobody else in either.
    stopped = change.restrictions if desired.purge_trust and change.document is None else ()
    told = tuple(
        _with_reason(
            decision, by_subject.get(decision.subject) or (() if decision.settled else stopped), observed, desired
        )
        for decision in decisions
    )
    return _not_let_in(told, change.newcomers, observed, desired) if change.newcomers else told


def _subject(principal: str) -> str:
    return account_of(principal) or principal


def _not_let_in(
    decisions: Sequence[Decision], newcomers: Sequence[str], observed: Observed, desired: Desired
) -> tuple[Decision, ...]:
    can, subjects = held(observed, desired), {_subject(who) for who in newcomers}
    if not can:
        return tuple(decisions)
    first = can[0]
    names = ", ".join(decision.requirement for decision in can[:_FEW])
    more = f" and {len(can) - _FEW} more" if len(can) > _FEW else ""
    under = "" if first.verdict == verdicts.ALLOWED else ", under a condition"
    message = (
        f"{observed.arn} can change IAM ({names}{more}; statement {first.statement} of the policy "
        f"{first.policy}{under}), so whoever may assume it can gain full control of the account. No principal is "
        "added to its trust policy. To continue, set name to a role with fewer permissions, remove these permissions "
        f"manually, or {_LET_IN}."
    )
    places = tuple(dict.fromkeys(place for decision in can for place in decision.places))
    return tuple(
        replace(decision, reason=message, layer=LAYER, policy=first.policy, statement=first.statement, places=places)
        if decision.requirement in _TRUST and not decision.settled and decision.subject in subjects
        else decision
        for decision in decisions
    )


def _with_reason(
    decision: Decision, in_the_way: Sequence[Restriction], observed: Observed, desired: Desired
) -> Decision:
    if decision.requirement not in _TRUST or not in_the_way:
        return decision
    leaving = [f"do not use {option}" for option in _options(desired)] if decision.settled else []
    message = " ".join(_message(restriction, observed, desired, leaving) for restriction in in_the_way)
    first = in_the_way[0]
    places = tuple(f"{LAYER} policy, statement {restriction.statement}" for restriction in in_the_way)
    told = replace(decision, reason=message, layer=LAYER, policy="", statement=first.statement, places=places)
    # Allowed, but not in every request that the options ask for.
    return replace(told, verdict=verdicts.CONDITIONAL, asked_for=False) if decision.settled else told


def _options(desired: Desired) -> list[str]:
    """Those that ask for more than that the requirements are met."""
    if desired.purge_trust:
        return ["purge_trust"]
    return ["match: exact"] if desired.match == EXACT else []


def _message(restriction: Restriction, observed: Observed, desired: Desired, leaving: Sequence[str]) -> str:
    """``leaving``: ways out where the requirement is met, and only more than that was asked for."""
    where = f"Statement {restriction.statement} of the trust policy of {observed.arn}"
    who = restriction.principal
    if restriction.is_deny and not restriction.statement:
        return (
            f"The trust policy of {observed.arn} cannot be read and may contain a Deny, so purge_trust: true did not "
            f"replace it. Fix it manually, or {_WIDEN}."
        )
    if restriction.is_deny:
        return (
            f"{where} denies {who} to assume the role, or may deny it, and purge_trust: true would remove it, so "
            f"nothing was written. Remove the statement manually, do not use purge_trust, or {_WIDEN}."
        )
    under = f"under a condition on {', '.join(restriction.keys)}" if restriction.keys else "in some sessions"
    ways = [*_ways(restriction, desired), *leaving, "change the statement manually", _WIDEN]
    return (
        f"{where} allows {who} to assume the role only {under}. An Allow without it would bypass that restriction, "
        f"so none was written. To continue, {', '.join(ways[:-1])}, or {ways[-1]}."
    )


def _ways(restriction: Restriction, desired: Desired) -> list[str]:
    keys, who, trust = {key.lower() for key in restriction.keys}, restriction.principal, desired.trust
    # A service sends no ID, and the condition on the account is there for AWS Backup alone: for others neither helps.
    if keys == {EXTERNAL_ID} and trust and who in trust.appliance and not trust.external_id:
        return ["set appliance_external_id to the ID that the appliance sends"]
    if keys == {SOURCE_ACCOUNT} and trust and who == BACKUP_SERVICE and not trust.pinned:
        return ["set backup_source_account_condition: true"]
    return []
