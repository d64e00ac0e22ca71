# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements by which somebody allows a caller only under further conditions: no twin without them may stand beside. Pure.

A restriction names the very principal that is asked for. A statement for other callers, for everyone or for a whole account
is none, unless its conditions single that principal out; nor is one that asks for another external ID where one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from . import assume, principals
from .arns import partition_in
from .conditions import holds
from .context import Context, Given, State
from .documents import Json, element, statements
from .matching import StoredPolicy
from .principals import ACCOUNT, SERVICE, Caller
from .statements import is_allow, label
from .truth import Answer

EXTERNAL_ID = "sts:externalid"
SOURCE_ACCOUNT = "aws:sourceaccount"
_PRINCIPAL_ARN = "aws:principalarn"
# No name in IAM has it, so that nothing but a wildcard of a pattern of names takes it.
_IN_NO_NAME = "!"
_NO_ACCOUNT, _NO_SERVICE = "000000000000", "nobody.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Restriction:
    """``principal``: whom it restricts, as the options name it. ``statement``: its Sid or ``#index``. ``keys``: what it asks for.

    ``is_deny``: a Deny that may apply to the principal, not an Allow under conditions.
    """

    principal: str
    statement: str
    keys: tuple[str, ...]
    is_deny: bool = False


def restrictions(
    document: Mapping[str, Json], principal: str, caller: Caller, role_arn: str, asked_for: frozenset[str]
) -> Iterator[Restriction]:
    """``asked_for``: condition keys, in lower case, that the options ask for: whatever value a statement has for them."""
    partition = partition_in(role_arn)
    for index, statement in enumerate(statements(document)):
        if not is_allow(statement) or not _is_about(statement, caller, partition):
            continue
        further = _without(element(statement, "Condition"), asked_for | _singling_out(statement, caller, partition))
        if caller.kind == SERVICE and _is_everyone(statement) and not _keys(further):
            # What is open then is whether "*" covers services, and no condition.
            continue
        asked = dict(statement) | ({} if further is None else {"Condition": further})
        if _may_hold(document, asked, caller, role_arn).is_unknown:
            yield Restriction(principal, label(statement, index), _keys(further))


def asked_of(caller: Caller, asked_for: Mapping[str, str]) -> dict[str, Given]:
    """What is known of the requests that a statement of ours allows: the values that it asks for. All else may be anything."""
    # No service sends an external ID.
    sent: Given = None if caller.kind == SERVICE else State.UNKNOWN
    return {**_OPEN, EXTERNAL_ID: sent, **asked_for}


def allows_all(document: Mapping[str, Json], caller: Caller, role_arn: str, requests: Mapping[str, Given]) -> bool:
    """Whether the Allow statements already allow each of these requests of the caller's, so that a further one opens nothing."""
    allows: list[Json] = [statement for statement in statements(document) if is_allow(statement)]
    return assume.trust_value(_policy(document, allows), role_arn, caller, None, requests).allow.is_true


def denials(
    document: Mapping[str, Json], principal: str, caller: Caller, role_arn: str, requests: Mapping[str, Given]
) -> Iterator[Restriction]:
    """The Deny statements that apply, or may apply, to one of these requests of the principal's."""
    for index, statement in enumerate(statements(document)):
        value = assume.trust_value(_policy(document, [statement]), role_arn, caller, None, requests)
        if not value.deny.is_false:
            condition = element(statement, "Condition") if isinstance(statement, Mapping) else None
            yield Restriction(principal, label(statement, index), _keys(condition), is_deny=True)


# Nothing is known of the request but who makes it.
_OPEN: Mapping[str, State] = {
    EXTERNAL_ID: State.UNKNOWN,
    SOURCE_ACCOUNT: State.UNKNOWN,
    "aws:sourcearn": State.UNKNOWN,
}


def _may_hold(document: Mapping[str, Json], statement: Mapping[str, Json], caller: Caller, role_arn: str) -> Answer:
    """Whether the statement allows the caller, were it named directly; unknown where a condition decides."""
    return assume.trust_value(_policy(document, [dict(statement)]), role_arn, caller, None, _OPEN).allow


def _policy(document: Mapping[str, Json], body: list[Json]) -> StoredPolicy:
    return StoredPolicy("", {"Version": element(document, "Version"), "Statement": body})


def _is_about(statement: Mapping[str, Json], caller: Caller, partition: str) -> bool:
    """Whether it is for the caller in particular. Whether it is for the caller at all its answer says."""
    if caller.kind in (SERVICE, ACCOUNT):
        return not _is_everyone(statement) or _leaves_some(statement, _telling(caller, partition, in_part=True))
    grades = principals.names(statement, caller)
    if not grades.by_role.is_false or (not grades.direct.is_false and not _is_everyone(statement)):
        return True
    return bool(_singling_out(statement, caller, partition))


def _is_everyone(statement: Mapping[str, Json]) -> bool:
    stranger = principals.role(f"arn:aws:iam::{_NO_ACCOUNT}:role/nobody")
    return principals.names(statement, stranger).direct.is_true


def _singling_out(statement: Mapping[str, Json], caller: Caller, partition: str) -> frozenset[str]:
    """The keys by which conditions leave only the caller, where everyone or a whole account is named."""
    told = _telling(caller, partition)
    return frozenset(one.key for one in told if _leaves_some(statement, [one]))


class _Told(NamedTuple):
    """A key that tells the caller from others, with its own value and with somebody else's."""

    key: str
    itself: Given
    another: Given


def _leaves_some(statement: Mapping[str, Json], told: Iterable[_Told]) -> bool:
    """Whether conditions on one of these keys leave the caller and nobody else."""
    condition = element(statement, "Condition")
    return isinstance(condition, Mapping) and any(_leaves_only(_only(condition, one.key), *one) for one in told)


def _leaves_only(tests: dict[str, Json], key: str, itself: Given, another: Given) -> bool:
    if not tests:
        return False
    allowed, refused = (holds(tests, Context({key: value}), variables=True) for value in (itself, another))
    return not allowed.is_false and refused.is_false


def _telling(caller: Caller, partition: str, *, in_part: bool = False) -> Iterator[_Told]:
    """``in_part``: also what leaves only all roles, or all users, of an account."""
    if caller.kind == SERVICE:
        for key in ("aws:principalservicename", "aws:principalservicenameslist"):
            yield _Told(key, caller.service, _NO_SERVICE)
    elif caller.kind == ACCOUNT:
        yield _Told("aws:principalaccount", caller.account_id, _NO_ACCOUNT)
        # Of no principal in particular: a pattern has to take every name.
        for kind in ("", "role/", "user/") if in_part else ("",):
            owners = (caller.account_id, _NO_ACCOUNT)
            yield _Told(_PRINCIPAL_ARN, *(f"arn:{partition}:iam::{owner}:{kind}{_IN_NO_NAME}" for owner in owners))
    else:
        yield _Told(_PRINCIPAL_ARN, caller.arn, _another_arn(caller))


def _another_arn(caller: Caller) -> str:
    """Of a role of the same account whose name shares neither letters nor length with anybody's: a pattern of the caller's
    name, such as its beginning, leaves it out, and one that leaves somebody else out does not."""
    start, role, name = caller.arn.partition(":role/")
    return f"{start}{role}{_IN_NO_NAME * (len(name) + 1)}"


def _only(condition: Mapping[str, Json], key: str) -> dict[str, Json]:
    kept = {
        operator: {name: value for name, value in keys.items() if name.lower() == key}
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
    }
    return {operator: keys for operator, keys in kept.items() if keys}


def _without(condition: Json, keys: frozenset[str]) -> Json:
    """None for what is no condition, and stays as it is."""
    if not isinstance(condition, Mapping):
        return None
    return {
        operator: {name: value for name, value in tests.items() if name.lower() not in keys}
        if isinstance(tests, Mapping)
        else tests
        for operator, tests in condition.items()
    }


def _keys(condition: Json) -> tuple[str, ...]:
    if not isinstance(condition, Mapping):
        return ()
    names = (name for keys in condition.values() if isinstance(keys, Mapping) for name in keys)
    return tuple(dict.fromkeys(names))
