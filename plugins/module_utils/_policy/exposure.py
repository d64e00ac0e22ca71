# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far an Allow statement of a trust policy reaches: to everyone, to an organization, to a whole account. Pure.

Asked of the engine, with callers who have nothing to do with the role and choose freely whatever a caller can choose: the
name of their role, their tags, their session, MFA, an external ID that they came to know. A condition that is met without its
key keeps none of them out. What a caller cannot choose is its account, its organization, its unique ID, and the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, TypeAlias

from . import assume, facts, principals
from .arns import partition_in
from .context import Given, PerhapsLike, State
from .documents import Json, as_list, element, statements
from .evaluate import Value
from .matching import StoredPolicy
from .statements import condition_values, effect, is_allow

Reach: TypeAlias = Literal["everyone", "organization"]
EVERYONE: Final = "everyone"
ORGANIZATION: Final = "organization"

_STRANGER = "000000000000"
_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
# In lower case: no caller can leave them out.
_IN_EVERY_REQUEST = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principaltype",
        "aws:securetransport",
        "aws:userid",
        "sts:rolesessionname",
    }
)


@dataclass(frozen=True, slots=True)
class Exposure:
    """``keys``: the condition keys that stand in nobody's way, or that narrow it. ``narrowed``: to a network or to names.

    ``accounts``: the pattern of account IDs that it reaches, such as ``4*``; empty for all of them.
    """

    reach: Reach
    keys: tuple[str, ...]
    narrowed: bool = False
    accounts: str = ""


def exposure(document: Mapping[str, Json], statement: Json, role_arn: str) -> Exposure | None:
    """Of one of the document's statements beside its Deny statements; None if it reaches no stranger."""
    if not is_allow(statement):
        return None
    asked = _Asked(document, statement, role_arn)
    keys = _keys(element(statement, "Condition"))
    reaches: tuple[tuple[Reach, bool], ...] = (
        (EVERYONE, False),
        (ORGANIZATION, False),
        (EVERYONE, True),
        (ORGANIZATION, True),
    )
    strangers = {"": (_STRANGER,), **_strangers_by_pattern(statement)}
    # Which organization the role is in nobody says here. Where it is compared with a stranger's it is another one, and what is
    # written out is taken to be the role's own.
    compared = _AS_VARIABLE in str(document).lower()
    own = _OWN_ORGANIZATION if compared else {}
    for (reach, narrowed), (pattern, several) in product(reaches, strangers.items()):
        for stranger in several:
            requests = _requests(reach, role_arn, stranger, own, narrowed=narrowed)
            if any(asked.may(request, stranger) for request in requests):
                return Exposure(reach, keys, narrowed, pattern)
    return None


def whole_account(
    document: Mapping[str, Json], statement: Json, role_arn: str, account_id: str, external_id: Given
) -> tuple[str, ...] | None:
    """The condition keys under which anybody of the account may assume the role, if policies there allow it; else None."""
    if not is_allow(statement):
        return None
    asked, who = _Asked(document, statement, role_arn), _nobody_of(account_id, role_arn)
    known: dict[str, Given] = {
        **facts.CALLED_DIRECTLY,
        "sts:ExternalId": external_id,
        "aws:PrincipalArn": who.arn,
        "aws:PrincipalAccount": account_id,
    }
    keys = _keys(element(statement, "Condition"))
    # A condition that is met without its key keeps nobody of the account out: somebody there comes without it.
    left_out = [key for key in keys if key.lower() not in {*map(str.lower, known), *_IN_EVERY_REQUEST}]
    without: dict[str, Given] = dict.fromkeys(left_out)
    for more, narrowing in ((without, [key for key in keys if key not in without]), ({}, keys)):
        value = asked.value({**known, **_BY_ANYBODY, **more}, who)
        if not value.allow.is_false and not value.deny.is_true:
            return () if value.allow.is_true and value.deny.is_false else tuple(narrowing)
    return None


def named_accounts(statement: Json) -> frozenset[str]:
    """Accounts that a statement names: as a whole by its Principal, or in a condition on aws:PrincipalAccount or aws:PrincipalArn."""
    if not isinstance(statement, Mapping):
        return frozenset()
    block = element(statement, "Principal")
    entries = [*as_list(element(block, "AWS"))] if isinstance(block, Mapping) else []
    named = {principals.account_of(entry) for entry in entries if isinstance(entry, str)}
    found = [*(_accounts_like(account) for account in named), *map(_accounts_like, _account_patterns(statement))]
    return frozenset(accounts[0] for accounts in found if len(accounts) == 1)


def _strangers_by_pattern(statement: Mapping[str, Json]) -> dict[str, tuple[str, ...]]:
    """Pattern of account IDs in a condition, which several accounts have → two of them, since a Deny may name one."""
    patterns = {pattern: _accounts_like(pattern) for pattern in _account_patterns(statement)}
    return {pattern: accounts for pattern, accounts in patterns.items() if len(accounts) > 1}


def _account_patterns(statement: Mapping[str, Json]) -> Iterator[str]:
    """What the conditions say of the caller's account, by its ID or by the ARN of the caller."""
    yield from condition_values(statement, "aws:principalaccount")
    for arn in condition_values(statement, "aws:principalarn"):
        yield from arn.split(":")[_ACCOUNT_PART : _ACCOUNT_PART + 1]


_ACCOUNT_PART, _DIGITS = 4, 12


def _accounts_like(pattern: str) -> tuple[str, ...]:
    """The account that a pattern means, or two of those that it may mean; none if it fits no account."""
    room = max(_DIGITS - len(pattern.replace("*", "")), 0)
    fitting = (pattern.replace("*", digit * room, 1).replace("*", "").replace("?", digit) for digit in ("0", "1"))
    return tuple(dict.fromkeys(account for account in fitting if _ACCOUNT_ID.fullmatch(account)))


@dataclass(frozen=True)
class _Asked:
    document: Mapping[str, Json]
    statement: Mapping[str, Json]
    role_arn: str

    def may(self, known: Mapping[str, Given], account_id: str) -> bool:
        """Whether some stranger's request is allowed: what it may choose is left open, and is chosen so that it is."""
        value = self.value(known, _nobody_of(account_id, self.role_arn))
        return not value.allow.is_false and not value.deny.is_true

    def value(self, known: Mapping[str, Given], who: principals.Caller) -> Value:
        denies = [other for other in statements(self.document) if effect(other) == "Deny"]
        body = [*denies, dict(self.statement)]
        # The keys of identity providers are in no request of sts:AssumeRole.
        foreign: dict[str, Given] = {key: None for key in _all_keys(body) if not _is_of_aws(key)}
        policy = StoredPolicy("", {"Version": element(self.document, "Version"), "Statement": body})
        return assume.trust_value(policy, self.role_arn, who, None, foreign | dict(known))


def _nobody_of(account_id: str, role_arn: str) -> principals.Caller:
    return principals.role(f"arn:{partition_in(role_arn)}:iam::{account_id}:role/nobody")


# Asked in the name of a role, and meant of users as well.
_BY_ANYBODY: Mapping[str, Given] = {"aws:PrincipalType": State.UNKNOWN, "aws:username": State.UNKNOWN}

_NO_ENDPOINT: Mapping[str, Given] = {
    "aws:SourceVpc": None,
    "aws:SourceVpcArn": None,
    "aws:SourceVpce": None,
    "aws:VpcSourceIp": None,
    "aws:VpceAccount": None,
    "aws:VpceOrgID": None,
    "aws:VpceOrgPaths": None,
}
# Two addresses of no one's in each version of IP, one in each half of what is given out of it; and an endpoint in a VPC of the stranger's own, which sends no
# aws:SourceIp. Its private address is for the stranger to choose.
_NETWORKS: tuple[Mapping[str, Given], ...] = (
    {**_NO_ENDPOINT, "aws:SourceIp": "100.64.0.1"},
    {**_NO_ENDPOINT, "aws:SourceIp": "203.0.113.1"},
    {**_NO_ENDPOINT, "aws:SourceIp": "2001:2::1"},
    {**_NO_ENDPOINT, "aws:SourceIp": "3fff::1"},
    {
        "aws:SourceIp": None,
        "aws:SourceVpc": "vpc-00000000000000000",
        "aws:SourceVpcArn": f"arn:aws:ec2:us-east-1:{_STRANGER}:vpc/vpc-00000000000000000",
        "aws:SourceVpce": "vpce-00000000000000000",
        "aws:VpcSourceIp": State.UNKNOWN,
        "aws:VpceAccount": _STRANGER,
        "aws:VpceOrgID": "o-0000000000",
        "aws:VpceOrgPaths": ("o-0000000000/r-0000/",),
    },
)
# An account in no organization, and one in an organization of its own.
_OUTSIDE: tuple[Mapping[str, Given], ...] = (
    {"aws:PrincipalOrgID": None, "aws:PrincipalOrgPaths": None},
    {"aws:PrincipalOrgID": "o-0000000000", "aws:PrincipalOrgPaths": ("o-0000000000/r-0000/",)},
)
_AS_VARIABLE = "${aws:resourceorg"
_OWN_ORGANIZATION: Mapping[str, Given] = {"aws:ResourceOrgID": "o-own", "aws:ResourceOrgPaths": ("o-own/r-own/",)}


def _requests(
    reach: Reach, role_arn: str, stranger: str, own: Mapping[str, Given], *, narrowed: bool
) -> Iterator[dict[str, Given]]:
    """``stranger``: the account it comes from. ``own``: the organization of the role. ``narrowed``: from any network, and in an
    organization under any name."""
    any_arn = f"arn:{partition_in(role_arn)}:iam::{stranger}:*"
    any_name: dict[str, Given] = {"aws:PrincipalArn": PerhapsLike((any_arn,))}
    base: dict[str, Given] = {
        **facts.CALLED_DIRECTLY,
        **_BY_ANYBODY,
        "sts:ExternalId": State.UNKNOWN,
        "aws:userid": PerhapsLike(("AROA0000000000000000:*", "AIDA0000000000000000")),
    }
    networks: Iterable[Mapping[str, Given]] = ({},) if narrowed else _NETWORKS
    members: Iterable[Mapping[str, Given]] = (
        [any_name | dict(outside) | dict(own) for outside in _OUTSIDE]
        if reach == EVERYONE
        else [any_name if narrowed else {}]
    )
    for network, member in product(networks, members):
        yield base | dict(network) | dict(member)


def _is_of_aws(key: str) -> bool:
    return key.lower().startswith(("aws:", "sts:"))


def _all_keys(body: Iterable[Json]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, Mapping):
            yield from _keys(element(statement, "Condition"))


def _keys(condition: Json) -> tuple[str, ...]:
    if not isinstance(condition, Mapping):
        return ()
    names = (name for tests in condition.values() if isinstance(tests, Mapping) for name in tests)
    return tuple(dict.fromkeys(names))
