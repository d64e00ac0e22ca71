# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether an entry of Resource covers a resource, or all resources of a kind (rules 12-20).

A request's resource is an ARN, a pattern of ARNs that stands for all of a kind in an account (a universe), or ``*`` for
an action without resource types.
"""

from __future__ import annotations

import itertools

from .context import Context
from .patterns import STAR, Tokens, covers_everything, includes, matches, overlaps, tokens
from .truth import NO, YES, Answer, truth, unknown
from .variables import resolve

IDENTITY, SCP, RESOURCE_POLICY = "identity", "scp", "resource policy"
_PARTS = 6


def covers(entry: str, resource: str, context: Context, *, variables: bool, kind: str = IDENTITY) -> Answer:
    """Whether an entry of Resource covers ``resource``. ``kind``: of the policy, for entries that are too short."""
    if covers_everything(entry):
        return YES
    if covers_everything(resource):
        # An action without resource types is asked about "*", which only all stars cover (rule 19).
        return NO
    parts = entry.split(":", _PARTS - 1)
    whole = resource.split(":", _PARTS - 1)
    if len(whole) < _PARTS:
        return truth(matches(entry, resource))
    padded = _padded(parts, entry, kind)
    if padded is None:
        return NO
    # Variables exist in the last part only (rule 15).
    last = resolve(padded[-1], context, enabled=variables)
    if last.tokens is None:
        # A variable without a value makes the entry match nothing; one of unknown value leaves it open (rule 16).
        return unknown(*last.leaves) if last.leaves else NO
    return _compare(entry, [*padded[:-1]], last.tokens, whole)


def _padded(parts: list[str], entry: str, kind: str) -> list[str] | None:
    """All six parts; None for an entry that is too short to mean anything in this kind of policy (rule 13)."""
    if len(parts) == _PARTS:
        return parts
    if (kind == SCP and not entry.endswith("*")) or (kind == RESOURCE_POLICY and "*" not in entry):
        return None
    return parts + ["*"] * (_PARTS - len(parts))


def _compare(entry: str, head: list[str], last: Tokens, whole: list[str]) -> Answer:
    # Partition, service, region and account are compared without regard to case, the resource with (rule 14).
    sides = [(tokens(part.lower()), tokens(universe.lower())) for part, universe in zip(head, whole[:-1], strict=True)]
    sides.append((last, tokens(whole[-1])))
    if all(includes(part, universe) for part, universe in sides):
        return _odd_prefix(entry, last) or YES
    if all(overlaps(part, universe) for part, universe in sides):
        return unknown(f"only on {entry}")
    return _run_on(entry, whole)


def _odd_prefix(entry: str, last: Tokens) -> Answer | None:
    """A wildcard in the resource type, as in ``t*/Orders``: AWS does not document what it means (rule 18)."""
    if all(part is STAR for part in last):
        return None
    kind = itertools.takewhile(lambda part: part not in ("/", ":"), last)
    if all(isinstance(part, str) for part in kind):
        return None
    return unknown(f"a wildcard in the resource type of {entry}")


def _run_on(entry: str, whole: list[str]) -> Answer:
    """A star at the end of a part may, by one reading, run on past the colon: then nobody can say (rules 12, 13)."""
    parts = entry.split(":", _PARTS - 1)
    if not any(part.endswith("*") for part in parts[: _PARTS - 1]):
        return NO
    # No ARN of these kinds holds more colons than its template, so a universe's own stars take none.
    if overlaps(entry, ":".join(whole), sealed=":"):
        return unknown(f"whether a * in {entry} runs on past a colon")
    return NO
