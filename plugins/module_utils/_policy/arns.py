# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an entry of Resource covers a resource, or all resources of a kind (rules 12-20).

A request's resource is an ARN, a pattern of ARNs that stands for all of a kind in an account (a universe), or ``*`` for
an action without resource types.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from .cells import Steps, steps
from .context import Context
from .patterns import STAR, Tokens, covers_everything, includes, matches, overlaps, tokens
from .truth import NO, YES, Answer, truth, unknown
from .variables import Resolved, replaced, resolve

# By what a policy is attached to, an entry that is too short to be an ARN means one thing or another.
PolicyKind: TypeAlias = Literal["identity", "scp", "resource policy"]
IDENTITY: Final = "identity"
SCP: Final = "scp"
RESOURCE_POLICY: Final = "resource policy"
_PARTS = 6
# No character of an ARN, and no colon.
_MASK = "\0"
_WITHOUT_SLASH = ("dynamodb", "kms")


def partition_in(arn: str) -> str:
    """The partition in an ARN; empty for what is no ARN."""
    return _part(arn, 1)


def service_in(arn: str) -> str:
    """The service in an ARN; empty for what is no ARN."""
    return _part(arn, 2)


def region_in(arn: str) -> str:
    """The Region in an ARN, as it stands there; empty for what is no ARN, and for a global service."""
    return _part(arn, 3)


def account_in(arn: str) -> str:
    """The account ID in an ARN; empty if there is none."""
    return _part(arn, 4)


def _part(arn: str, number: int) -> str:
    parts = arn.split(":", _PARTS - 1)
    return parts[number] if len(parts) == _PARTS else ""


def padded(entry: str) -> list[str]:
    """All six parts of an entry, with a star for each that is missing."""
    parts = entry.split(":", _PARTS - 1)
    return parts + ["*"] * (_PARTS - len(parts))


def covers(entry: str, resource: str, context: Context, *, variables: bool, kind: PolicyKind = IDENTITY) -> Answer:
    """Whether an entry of Resource covers ``resource``. ``kind``: of the policy, for entries that are too short."""
    if covers_everything(entry):
        return YES
    # An action without resource types is asked about "*", which only all stars cover (rule 19).
    if covers_everything(resource):
        return NO
    if (plain := _plainly(entry, resource)) is not None:
        return plain
    whole = resource.split(":", _PARTS - 1)
    if len(whole) < _PARTS:
        return truth(matches(entry, resource))
    if variables and "${" in entry and _has_variable_in_head(entry):
        return _odd_place(entry, whole, context)
    parts = entry.split(":", _PARTS - 1)
    padded = _padded(parts, entry, kind)
    if padded is None:
        return NO
    # Partition, service, Region and account are compared without regard to case, the resource with (rule 14).
    head = [(part.lower(), asked.lower()) for part, asked in zip(padded, whole[:-1], strict=False)]
    if not all(overlaps(part, asked) for part, asked in head):
        # Whatever a variable in the last part stands for, it cannot help.
        return _run_on(entry, whole, context, variables)
    # Variables exist in the last part only (rule 15).
    last = resolve(padded[-1], context, enabled=variables)
    if last.leaves:
        # A variable of unknown value leaves the entry open, unless nothing that it could stand for would do (rule 16).
        return _with_variable(entry, last, resource, context) if overlaps(last.widest, whole[-1]) else NO
    answer = NO if last.tokens is None else _compare(entry, head, last.tokens, whole)
    return _run_on(entry, whole, context, variables) if answer.is_false else answer


# What an entry of Resource is compared with, and how: see ``Context.is_met``.
OF_RESOURCE: Final = ("the resource", "Resource")


def _with_variable(entry: str, last: Resolved, resource: str, context: Context) -> Answer:
    """Open, but where a case supposes whether the entry covers the one resource of the request (rule 77)."""
    met = context.is_met((*OF_RESOURCE, entry))
    if met:
        return _odd_prefix(entry, last.widest) or YES
    # With fewer colons than an ARN of the kind has, a star may run on.
    return unknown(*last.leaves) if met is None or entry.count(":") < resource.count(":") else NO


def _plainly(entry: str, resource: str) -> Answer | None:
    """The answer where both are whole ARNs without wildcards or variables; None where more must be looked at.

    A list of a thousand roles is asked about each of them, so that this is what most comparisons are.
    """
    if not (is_whole(entry) and is_whole(resource)):
        return None
    if entry == resource:
        return YES
    return NO if entry.lower() != resource.lower() else None


def is_whole(arn: str) -> bool:
    """Whether it is an ARN with all its parts, and without wildcards or variables."""
    return arn.count(":") >= _PARTS - 1 and "*" not in arn and "?" not in arn and "$" not in arn


def _has_variable_in_head(entry: str) -> bool:
    """Whether a variable stands before the resource part: AWS documents none there (rule 15)."""
    return any(_MASK in part for part in replaced(entry, _MASK).split(":")[: _PARTS - 1])


def means_nothing(entry: str, kind: PolicyKind) -> bool:
    """Whether an entry is too short to mean anything in this kind of policy (rule 13)."""
    return _padded(entry.split(":", _PARTS - 1), entry, kind) is None


def _odd_place(entry: str, whole: list[str], context: Context) -> Answer:
    """Whatever AWS makes of such a variable, the entry covers nothing that it would not cover with the variable replaced."""
    resolved = resolve(entry, context, enabled=True)
    asked = ":".join([*(part.lower() for part in whole[:-1]), whole[-1]])
    may_be = resolved.tokens is not None or resolved.leaves
    readings = (resolved.widest, *_folded(resolved.widest)) if may_be else ()
    if any(overlaps(reading, asked, _sealed(whole)) for reading in readings):
        return unknown(f"a variable in {entry}, in a part of the ARN where AWS documents none")
    return NO


def readings(entry: str, resource: str, context: Context, *, variables: bool) -> Iterator[Steps]:
    """Every pattern by which ``covers`` may go for an entry, for resources of the universe ``resource``."""
    parts = padded(entry)
    whole = resolve(entry, context, enabled=variables).widest
    if entry.count(":") < _PARTS - 1 or entry.count(":") < resource.count(":") or _has_variable_in_head(entry):
        # A star may run on past a colon, or stand for more than its part.
        yield from (steps(reading) for reading in (whole, *_folded(whole)))
    last = resolve(parts[-1], context, enabled=variables).widest
    yield _by_parts(parts[:-1], last, "")


def universe(resource: str) -> Steps | None:
    """A pattern of ARNs as steps; None for one ARN, and for what is no ARN."""
    parts = resource.split(":", _PARTS - 1)
    if len(parts) < _PARTS or not any(mark in resource for mark in "*?"):
        return None
    # No ARN of these kinds holds more colons than its template.
    return _by_parts(parts[:-1], tokens(parts[-1]), ":" + _sealed(parts))


def _by_parts(head: Sequence[str], last: Tokens, sealed: str) -> Steps:
    first = steps(tokens("".join(f"{part.lower()}:" for part in head)), ":" + sealed)
    return first + steps(last, sealed)


def _padded(parts: list[str], entry: str, kind: PolicyKind) -> list[str] | None:
    """All six parts; None for an entry that is too short to mean anything in this kind of policy (rule 13)."""
    if len(parts) == _PARTS:
        return parts
    if (kind == SCP and not entry.endswith("*")) or (kind == RESOURCE_POLICY and "*" not in entry):
        return None
    return padded(entry)


def _compare(entry: str, head: Sequence[tuple[str, str]], last: Tokens, whole: list[str]) -> Answer:
    if not overlaps(last, whole[-1], _sealed(whole)):
        return NO
    if all(includes(part, asked) for part, asked in head) and includes(last, whole[-1]):
        return _odd_prefix(entry, last) or YES
    return unknown(f"only on {entry}")


def _sealed(whole: list[str]) -> str:
    # Names of tables and keys hold no slash, so a universe's star takes none: an index of a table is no table.
    return "/" if whole[2].lower() in _WITHOUT_SLASH else ""


def _odd_prefix(entry: str, last: Tokens) -> Answer | None:
    """A wildcard in the resource type, as in ``t*/Orders``: AWS does not document what it means (rule 18)."""
    if all(part is STAR for part in last):
        return None
    kind = itertools.takewhile(lambda part: part not in ("/", ":"), last)
    if all(isinstance(part, str) for part in kind):
        return None
    return unknown(f"a wildcard in the resource type of {entry}")


def _run_on(entry: str, whole: list[str], context: Context, variables: bool) -> Answer:
    """A star at the end of a part may, by one reading, run on past the colon: then nobody can say (rules 12, 13)."""
    if not any(part.endswith("*") for part in entry.split(":", _PARTS - 1)[: _PARTS - 1]):
        return NO
    asked = ":".join([*(part.lower() for part in whole[:-1]), whole[-1]])
    pattern = resolve(entry, context, enabled=variables).widest
    # No ARN of these kinds holds more colons than its template, so a universe's own stars take none.
    if any(overlaps(reading, asked, ":" + _sealed(whole)) for reading in _folded(pattern)):
        return unknown(f"whether a * in {entry} runs on past a colon")
    return NO


def _folded(pattern: Tokens) -> Iterator[Tokens]:
    """``pattern`` in lower case up to each of the colons at which the resource part may begin (rule 14)."""
    colons = [place for place, mark in enumerate(pattern) if mark == ":"]
    for colon in colons[: _PARTS - 1]:
        yield tuple([mark.lower() if isinstance(mark, str) else mark for mark in pattern[:colon]]) + pattern[colon:]
