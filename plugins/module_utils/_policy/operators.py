# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's condition operators, each comparing one request value with one value of a policy (rules 3, 38-44)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from .context import scalar
from .documents import Json
from .patterns import Tokens, Wildcard, covers_everything, includes, matches, overlaps

# A request's value, and a policy's value with its variables replaced, both of the operator's kind. None: AWS's pages leave open
# what one of them means.
Met: TypeAlias = "bool | None"
Compare = Callable[[str, Tokens], Met]


# By what a comparison goes: the same text, in whatever case, a pattern, an ARN part by part, and so on.
Family: TypeAlias = Literal["text", "folded", "pattern", "arn", "number", "date", "address", "bool", "bytes", "null"]


@dataclass(frozen=True, slots=True)
class Operator:
    """``negated``: true where the comparison is met by none of the values. ``variables``: whether values may hold them.

    ``is_kind``: whether a text is of the kind that is compared, a request's value and a policy's alike; None for any text.
    ``takes_anything``: whether a value of the policy is met by any request value; None where there is no such value.
    ``may_meet`` and ``meets_all``: whether a value of the policy is met by some text of a pattern, and by every one; None where
    that is not worked out.
    """

    compare: Compare
    family: Family
    negated: bool = False
    variables: bool = False
    is_kind: Callable[[str], bool] | None = None
    takes_anything: Callable[[str], bool] | None = None
    may_meet: Callable[[Tokens, str], bool] | None = None
    meets_all: Callable[[Tokens, str], bool] | None = None


def text(value: Json) -> str | None:
    """A policy's value as text; None for what is no scalar (rules 3, 5)."""
    return scalar(value) if isinstance(value, str | bool | int | float) else None


def plain(pattern: Tokens) -> str:
    """The pattern as text, its wildcards as the characters they are written with."""
    return "".join(token.value if isinstance(token, Wildcard) else token for token in pattern)


def _equals(value: str, pattern: Tokens) -> bool:
    """Without wildcards, and with regard to case (rule 38)."""
    return value == plain(pattern)


def _equals_ignore_case(value: str, pattern: Tokens) -> bool:
    """Without wildcards, and without regard to case (rule 38)."""
    return value.lower() == plain(pattern).lower()


def _like(value: str, pattern: Tokens) -> bool:
    """With wildcards over the whole text, colons included (rule 38)."""
    return matches(pattern, value)


def _may_equal(pattern: Tokens, universe: str) -> bool:
    return matches(universe, plain(pattern))


def _may_equal_ignoring_case(pattern: Tokens, universe: str) -> bool:
    return matches(universe.lower(), plain(pattern).lower())


_PARTS = 6


def _arn_like(value: str, pattern: Tokens) -> bool:
    """Six parts, each on its own: a wildcard stays inside its part, except in the last (rule 39)."""
    return _part_by_part(pattern, value, matches)


def _is_arn(written: str) -> bool:
    """Six parts, of which the first is ``arn``, or a pattern of it."""
    parts = written.split(":", 5)
    return len(parts) == _PARTS and matches(parts[0], "arn")


def _may_be_arn_like(pattern: Tokens, universe: str) -> bool:
    return _part_by_part(pattern, universe, overlaps)


def _part_by_part(pattern: Tokens, universe: str, how: Callable[[Tokens, str], bool]) -> bool:
    """Whether both have the parts of an ARN, and ``how`` holds for each two of them."""
    parts, pieces = universe.split(":", _PARTS - 1), _split(pattern)
    return len(parts) == len(pieces) == _PARTS and all(map(how, pieces, parts))


def _may_be_like(pattern: Tokens, universe: str) -> bool:
    # What is written like an ARN is compared like one: that a star takes in half an ARN and finds another account's ID
    # in the name of one of our resources is not what a condition on an account is about.
    return _may_be_arn_like(pattern, universe) if len(_split(pattern)) == _PARTS else overlaps(pattern, universe)


def _equals_all(pattern: Tokens, universe: str) -> bool:
    return not _has_wildcard(universe) and _may_equal(pattern, universe)


def _equals_all_ignoring_case(pattern: Tokens, universe: str) -> bool:
    return not _has_wildcard(universe) and _may_equal_ignoring_case(pattern, universe)


def _has_wildcard(universe: str) -> bool:
    return "*" in universe or "?" in universe


def _is_arn_like_all(pattern: Tokens, universe: str) -> bool:
    return _part_by_part(pattern, universe, includes)


def _split(pattern: Tokens) -> list[Tokens]:
    parts: list[Tokens] = []
    start = 0
    for index, mark in enumerate(pattern):
        if mark == ":" and len(parts) < 5:
            parts.append(pattern[start:index])
            start = index + 1
    return [*parts, pattern[start:]]


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def number(written: str) -> Decimal | None:
    return Decimal(written) if _NUMBER.fullmatch(written) else None


_DATE = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(?P<fraction>\d+))?)?(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_HOURS, _MINUTES, _SECONDS = 24, 60, 60
_1970 = date(1970, 1, 1).toordinal()


def moment(written: str) -> Decimal | None:
    """Seconds since 1970, from W3C's profile of ISO 8601 or from a number (rule 40). None for what is neither."""
    if _EPOCH.fullmatch(written):
        return Decimal(written)
    parts = _DATE.fullmatch(written)
    if parts is None:
        return None
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(parts.groups(), "111000", strict=False)
    )
    offset = _offset(parts["zone"])
    if offset is None or hour >= _HOURS or minute >= _MINUTES or second >= _SECONDS:
        return None
    try:
        days = date(year, month, day).toordinal() - _1970
    except ValueError:
        return None
    whole = ((days * _HOURS + hour) * _MINUTES + minute - offset) * _SECONDS + second
    return Decimal(whole) + Decimal(f"0.{parts['fraction'] or 0}")


def _offset(zone: str | None) -> int | None:
    """Minutes before UTC; None for a zone that there is none."""
    if zone in (None, "Z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours >= _HOURS or minutes >= _MINUTES:
        return None
    return (hours * _MINUTES + minutes) * (-1 if zone[0] == "-" else 1)


def _ordered(read: Callable[[str], Decimal | None], how: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(value: str, pattern: Tokens) -> Met:
        written = plain(pattern)
        # Four digits are a year by ISO 8601, and seconds by the other way to write a date (rule 40).
        if read is moment and (_YEAR.fullmatch(value) or _YEAR.fullmatch(written)):
            return None
        left, right = read(value), read(written)
        return None if left is None or right is None else how(left, right)

    return compare


def _bool(value: str, pattern: Tokens) -> bool:
    return value.lower() == plain(pattern).lower()


def _is_bool(written: str) -> bool:
    return written.lower() in ("true", "false")


def _binary(value: str, pattern: Tokens) -> bool:
    """By the bytes that both encode (rule 43)."""
    return _bytes(value) == _bytes(plain(pattern))


def _bytes(written: str) -> bytes | None:
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_base64(written: str) -> bool:
    return _bytes(written) is not None


def _is_number(written: str) -> bool:
    return number(written) is not None


def _is_date(written: str) -> bool:
    return moment(written) is not None


_NETWORK = re.compile(r"[^/]*(/\d+)?", re.ASCII)


def _ip(value: str, pattern: Tokens) -> Met:
    """A bare address is a network of one; version 4 and version 6 never match (rule 42)."""
    network = network_of(plain(pattern))
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    return network is not None and address.version == network.version and address in network


Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


def network_of(written: str) -> Network | None:
    """Of addresses, or of one; None for what is neither."""
    # Python would also take a netmask after the slash.
    if not _NETWORK.fullmatch(written):
        return None
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        return None


def _may_be_in(pattern: Tokens, universe: str) -> bool:
    """``universe``: a network, or one address."""
    network, whole = network_of(plain(pattern)), network_of(universe)
    return network is None or whole is None or (network.version == whole.version and network.overlaps(whole))


def _is_in_all(pattern: Tokens, universe: str) -> bool:
    network, whole = network_of(plain(pattern)), network_of(universe)
    if network is None or whole is None:
        return False
    # An address of the other version is in no network.
    return whole.network_address in network and whole.broadcast_address in network


def is_within(address: str, networks: Sequence[Network]) -> bool:
    return any(ipaddress.ip_address(address) in network for network in networks)


def is_network(written: str) -> bool:
    """Whether it is a network of addresses as IAM writes one, or one address."""
    return network_of(written) is not None


def _null(_value: str, _pattern: Tokens) -> Met:
    return None


# Its values are asked about the key, and compared with none of the request's.
NULL = Operator(_null, "null", is_kind=_is_bool)


_ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

# Whether variables work in a Bool AWS's pages disagree about (rule 26).
BOOL = Operator(_bool, "bool", variables=True, is_kind=_is_bool)


_STRING_EQUALS = Operator(_equals, "text", variables=True, may_meet=_may_equal, meets_all=_equals_all)
_STRING_EQUALS_IGNORE_CASE = Operator(
    _equals_ignore_case,
    "folded",
    variables=True,
    may_meet=_may_equal_ignoring_case,
    meets_all=_equals_all_ignoring_case,
)
_STRING_LIKE = Operator(
    _like, "pattern", variables=True, takes_anything=covers_everything, may_meet=_may_be_like, meets_all=includes
)
_ARN_LIKE = Operator(
    _arn_like, "arn", variables=True, is_kind=_is_arn, may_meet=_may_be_arn_like, meets_all=_is_arn_like_all
)
_IP_ADDRESS = Operator(_ip, "address", is_kind=is_network, may_meet=_may_be_in, meets_all=_is_in_all)
_NUMERIC_EQUALS = Operator(_ordered(number, operator.eq), "number", is_kind=_is_number)
_DATE_EQUALS = Operator(_ordered(moment, operator.eq), "date", is_kind=_is_date)


def _not(positive: Operator) -> Operator:
    return replace(positive, negated=True)


BY_NAME: dict[str, Operator] = {
    "null": NULL,
    "bool": BOOL,
    "binaryequals": Operator(_binary, "bytes", is_kind=_is_base64),
    "stringequals": _STRING_EQUALS,
    "stringnotequals": _not(_STRING_EQUALS),
    "stringequalsignorecase": _STRING_EQUALS_IGNORE_CASE,
    "stringnotequalsignorecase": _not(_STRING_EQUALS_IGNORE_CASE),
    "stringlike": _STRING_LIKE,
    "stringnotlike": _not(_STRING_LIKE),
    "arnequals": _ARN_LIKE,
    "arnnotequals": _not(_ARN_LIKE),
    "arnlike": _ARN_LIKE,
    "arnnotlike": _not(_ARN_LIKE),
    "ipaddress": _IP_ADDRESS,
    "notipaddress": _not(_IP_ADDRESS),
    "numericequals": _NUMERIC_EQUALS,
    "numericnotequals": _not(_NUMERIC_EQUALS),
    "dateequals": _DATE_EQUALS,
    "datenotequals": _not(_DATE_EQUALS),
    **{
        f"numeric{name}": Operator(_ordered(number, how), "number", is_kind=_is_number) for name, how in _ORDERS.items()
    },
    **{f"date{name}": Operator(_ordered(moment, how), "date", is_kind=_is_date) for name, how in _ORDERS.items()},
}
