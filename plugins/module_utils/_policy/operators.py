# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM's condition operators, each comparing one request value with one value of a policy (rules 3, 38-44)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from .documents import Json
from .patterns import Tokens, Wildcard, covers_everything, matches

# A request's value, and a policy's value with its variables replaced. None: it cannot be compared.
Compare = Callable[[str, Tokens], "bool | None"]


@dataclass(frozen=True, slots=True)
class Operator:
    """``negated``: true where the comparison is met by none of the values. ``variables``: whether values may hold them.

    ``takes_anything``: whether a value of the policy is met by any request value; None where there is no such value.
    """

    compare: Compare
    negated: bool = False
    variables: bool = False
    takes_anything: Callable[[str], bool] | None = None


def text(value: Json) -> str | None:
    """A policy's value as the text that IAM compares; None for what is no scalar (rule 3)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _plain(pattern: Tokens) -> str:
    """The pattern as text, its wildcards as the characters they are written with."""
    return "".join(token.value if isinstance(token, Wildcard) else token for token in pattern)


def _equals(value: str, pattern: Tokens) -> bool:
    return value == _plain(pattern)


def _equals_ignore_case(value: str, pattern: Tokens) -> bool:
    return value.lower() == _plain(pattern).lower()


def _like(value: str, pattern: Tokens) -> bool:
    return matches(pattern, value)


def _arn_like(value: str, pattern: Tokens) -> bool:
    """Six parts, each on its own: a wildcard stays inside its part, except in the last (rule 39)."""
    parts, wanted = value.split(":", 5), _split(pattern)
    if len(parts) != 6 or len(wanted) != 6:
        return False
    return all(matches(want, part) for want, part in zip(wanted, parts, strict=True))


def _split(pattern: Tokens) -> list[Tokens]:
    found: list[Tokens] = []
    start = 0
    for index, part in enumerate(pattern):
        if part == ":" and len(found) < 5:
            found.append(pattern[start:index])
            start = index + 1
    return [*found, pattern[start:]]


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_DATE = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?", re.ASCII
)
_EPOCH = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def _date(written: str) -> Decimal | None:
    """Seconds since 1970, from ISO 8601 or from a number; four bare digits could be either (rule 40)."""
    if _EPOCH.fullmatch(written):
        return None if re.fullmatch(r"\d{4}", written) else Decimal(written)
    found = _DATE.fullmatch(written)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    iso = f"{year}-{month}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{_offset(zone)}"
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    whole = (moment - epoch).total_seconds()
    return Decimal(int(whole)) + Decimal(f"0.{fraction or 0}")


def _offset(zone: str | None) -> str:
    return "+00:00" if zone in (None, "Z") else str(zone)


def _ordered(read: Callable[[str], Decimal | None], how: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(value: str, pattern: Tokens) -> bool | None:
        one, other = read(value), read(_plain(pattern))
        return None if one is None or other is None else how(one, other)

    return compare


def _bool(value: str, pattern: Tokens) -> bool:
    return value.lower() == _plain(pattern).lower()


def _binary(value: str, pattern: Tokens) -> bool:
    return _bytes(value) == _bytes(_plain(pattern))


def _bytes(written: str) -> bytes:
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return written.encode()


def _ip(value: str, pattern: Tokens) -> bool | None:
    """A bare address is a network of one; version 4 and version 6 never match (rule 42)."""
    try:
        address = ipaddress.ip_address(value)
        network = ipaddress.ip_network(_plain(pattern), strict=False)
    except ValueError:
        return None
    return address.version == network.version and address in network


def _null(_value: str, _pattern: Tokens) -> bool | None:
    return None


NULL = Operator(_null)


def _anything(value: str) -> bool:
    return covers_everything(value)


_NUMERIC: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}

BY_NAME: dict[str, Operator] = {
    "null": NULL,
    "stringequals": Operator(_equals, variables=True),
    "stringnotequals": Operator(_equals, negated=True, variables=True),
    "stringequalsignorecase": Operator(_equals_ignore_case, variables=True),
    "stringnotequalsignorecase": Operator(_equals_ignore_case, negated=True, variables=True),
    "stringlike": Operator(_like, variables=True, takes_anything=_anything),
    "stringnotlike": Operator(_like, negated=True, variables=True, takes_anything=_anything),
    "arnequals": Operator(_arn_like, variables=True),
    "arnlike": Operator(_arn_like, variables=True),
    "arnnotequals": Operator(_arn_like, negated=True, variables=True),
    "arnnotlike": Operator(_arn_like, negated=True, variables=True),
    "bool": Operator(_bool, variables=True),
    "binaryequals": Operator(_binary),
    "ipaddress": Operator(_ip),
    "notipaddress": Operator(_ip, negated=True),
    "numericequals": Operator(_ordered(_number, operator.eq)),
    "numericnotequals": Operator(_ordered(_number, operator.eq), negated=True),
    "dateequals": Operator(_ordered(_date, operator.eq)),
    "datenotequals": Operator(_ordered(_date, operator.eq), negated=True),
    **{f"numeric{name}": Operator(_ordered(_number, how)) for name, how in _NUMERIC.items()},
    **{f"date{name}": Operator(_ordered(_date, how)) for name, how in _NUMERIC.items()},
}
