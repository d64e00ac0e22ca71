# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether one statement says all that another one says, and whom a trust policy allows whom another one does not. Pure.

A look at what is written, which finds too little rather than too much: what cannot be told for sure is not covered.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence

from .alike import share_text
from .arns import account_in, padded
from .canonical import principal_id, readable
from .documents import Json, as_list, element, load, statements
from .errors import UnreadableDocumentError
from .patterns import includes
from .principals import UNIQUE_ID, account_of
from .statements import effect, is_allow, label

_MOST_PARTS = 2_000
_IF_EXISTS = "ifexists"
# What a trust policy allows beside assuming the role: by these alone nobody comes to be it.
_BESIDE = frozenset({"sts:setcontext", "sts:setsourceidentity", "sts:tagsession"})
# By these a list of fewer values is met by fewer requests.
_POSITIVE = frozenset(
    {
        "arnequals",
        "arnlike",
        "binaryequals",
        "bool",
        "dateequals",
        "ipaddress",
        "numericequals",
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
    }
)


def covers(wide: Json, narrow: Json) -> bool:
    """Whether ``wide`` applies to each request that ``narrow`` applies to, with the same effect."""
    return _covers(wide, narrow, "")


def _covers(wide: Json, narrow: Json, own_account: str) -> bool:
    """``own_account``: of the role whose trust policy it is, where what is enough there counts; else empty."""
    if not isinstance(wide, Mapping) or not isinstance(narrow, Mapping):
        return wide == narrow
    if effect(wide) is None or effect(wide) != effect(narrow):
        return False
    if _without_sid(wide) == _without_sid(narrow):
        return True
    if not readable(wide) or not readable(narrow):
        return False
    return (
        _principals(wide, narrow, own_account)
        and _entries(wide, narrow, "Action", fold=True)
        and _entries(wide, narrow, "Resource", fold=False)
        and _conditions(element(wide, "Condition"), element(narrow, "Condition"))
    )


def beyond(document: object, before: object, role_arn: str) -> tuple[str, ...]:
    """Statements by which ``document``, a trust policy, allows somebody whom ``before`` does not allow; by Sid or ``#index``.

    ``role_arn``: of the role. A principal of its own account that is named there needs no permission of its own; one that is
    allowed through the account only does.

    A Deny of ``before`` that ``document`` does not have is among them. Where one of the two cannot be read, nobody can tell
    by which, and the label is empty; none for two that are the same.
    """
    if document == before:
        return ()
    try:
        now, was = list(statements(load(document))), list(statements(load(before)))
    except UnreadableDocumentError:
        return ("",)
    allowed = [each for each in was if is_allow(each)]
    denied, own_account = [each for each in now if not is_allow(each)], account_in(role_arn)
    new = [
        label(each, index)
        for index, each in enumerate(now)
        if is_allow(each) and not all(any(_covers(one, part, own_account) for one in allowed) for part in _split(each))
    ]
    gone = [
        label(each, index)
        for index, each in enumerate(was)
        if not is_allow(each) and not all(any(covers(one, part) for one in denied) for part in _split(each))
    ]
    return (*new, *gone)


def _split(statement: Json) -> Iterator[Json]:
    """A statement for each principal and action of it that matters: each may stand in another statement."""
    block = element(statement, "Principal") if isinstance(statement, Mapping) else None
    block = {"AWS": block} if block == "*" else block
    if not isinstance(statement, Mapping) or not isinstance(block, Mapping):
        yield statement
        return
    who = [(kind, entry) for kind, value in block.items() for entry in as_list(value) if not _is_orphan(entry)]
    asked = list(as_list(element(statement, "Action")))
    # What denies one of these may keep out who has to use it.
    beside = _BESIDE if is_allow(statement) else ()
    actions = [action for action in asked if str(action).lower() not in beside]
    if not asked or len(who) * len(actions) > _MOST_PARTS:
        yield statement
        return
    rest = {key: value for key, value in statement.items() if key.lower() not in ("principal", "action", "sid")}
    for (kind, entry), action in itertools.product(who, actions):
        yield {**rest, "Principal": {kind: entry}, "Action": action}


def _is_orphan(entry: Json) -> bool:
    """Whether it is the unique ID of a principal that was deleted: as such IAM shows it, and nobody is it any more."""
    return isinstance(entry, str) and UNIQUE_ID.fullmatch(entry) is not None


def _without_sid(statement: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in statement.items() if key.lower() != "sid"}


def _principals(wide: Mapping[str, Json], narrow: Mapping[str, Json], own_account: str) -> bool:
    if any(element(each, "NotPrincipal") is not None for each in (wide, narrow)):
        return element(wide, "NotPrincipal") == element(narrow, "NotPrincipal")
    theirs, ours = _named(element(narrow, "Principal")), _named(element(wide, "Principal"))
    return all(any(_names(one, other, own_account) for one in ours) for other in theirs) and bool(ours) == bool(theirs)


def _named(block: Json) -> list[tuple[str, str]]:
    if not isinstance(block, Mapping):
        return [("aws", str(entry)) for entry in as_list(block)] if block is not None else []
    return [(kind.lower(), str(entry)) for kind, value in block.items() for entry in as_list(value)]


def _names(one: tuple[str, str], other: tuple[str, str], own_account: str) -> bool:
    if _identity(one) == _identity(other):
        return True
    if one[0] != "aws" or other[0] != "aws":
        return False
    whole = account_of(one[1])
    # In its own account the whole of it allows only whom IAM lets call AssumeRole besides: less than the name of one.
    return one[1] == "*" or whole not in ("", own_account) and whole == (account_of(other[1]) or account_in(other[1]))


def _identity(who: tuple[str, str]) -> Hashable:
    return principal_id(*who)


def _entries(wide: Mapping[str, Json], narrow: Mapping[str, Json], name: str, *, fold: bool) -> bool:
    """Of Action or Resource, and of what is said by Not… in their place."""
    not_ours, not_theirs = (_texts(each, f"Not{name}", fold=fold) for each in (wide, narrow))
    ours, theirs = (_texts(each, name, fold=fold) for each in (wide, narrow))
    if not_theirs:
        # It applies to all but these: only what leaves out no more does so too.
        return "*" in ours or (bool(not_ours) and all(_in_some(one, not_theirs) for one in not_ours))
    if not_ours:
        # What it leaves out counts as much as IAM may make of it: in any case, and of a short ARN all that it may stand for.
        plain = not any("${" in entry for entry in (*not_ours, *theirs))
        return bool(theirs) and plain and not any(share_text(one, other) for one in not_ours for other in theirs)
    return bool(ours) == bool(theirs) and all(_in_some(one, ours) for one in theirs)


def _in_some(entry: str, patterns: Sequence[str]) -> bool:
    # A variable may stand for any text: what holds one is in itself and in everything only.
    return any(
        pattern in (entry, "*") or ("${" not in pattern + entry and _includes(pattern, entry)) for pattern in patterns
    )


def _includes(pattern: str, entry: str) -> bool:
    """By both readings of a star in an ARN: that it runs on past a colon, and that it stays in its part."""
    if not includes(pattern, entry) or not pattern.startswith("arn:"):
        return includes(pattern, entry)
    return all(includes(one, other) for one, other in zip(padded(pattern), padded(entry), strict=True))


def _texts(statement: Mapping[str, Json], name: str, *, fold: bool) -> list[str]:
    entries = as_list(element(statement, name)) if element(statement, name) is not None else ()
    return [str(entry).lower() if fold else str(entry) for entry in entries]


def _conditions(wide: Json, narrow: Json) -> bool:
    """Whether each test of ``wide`` is made by ``narrow`` as well, if only with fewer values."""
    ours, theirs = _tests(wide), _tests(narrow)
    return all(any(_as_strict(test, other) for other in theirs) for test in ours)


def _tests(condition: Json) -> list[tuple[str, str, frozenset[str]]]:
    """Operator and key in lower case, and the values."""
    found = []
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        for key, value in keys.items() if isinstance(keys, Mapping) else ():
            found.append((operator.lower(), key.lower(), frozenset(map(_value, as_list(value)))))
    return found


def _value(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_strict(test: tuple[str, str, frozenset[str]], other: tuple[str, str, frozenset[str]]) -> bool:
    (operator, key, values), (others_operator, others_key, others_values) = test, other
    if key != others_key or others_operator not in (operator, operator.removesuffix(_IF_EXISTS)):
        return False
    return others_values == values or (operator.removesuffix(_IF_EXISTS) in _POSITIVE and others_values <= values)
