# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a managed or inline policy of ours has to say, and what of it is somebody's and stays. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..._permission_sets.catalog import SID_PREFIX_PERMISSIONS
from ..._policy.canonical import contains, equal
from ..._policy.documents import Json, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.own_permissions import denials, is_of, is_own, is_own_form, merged_own, places, stands, without_own
from ..._policy.statements import VERSION, label, with_statements
from ..._policy.statements import document as new_document
from ..model.state import EXACT, Desired, PrincipalError
from ..requirements.statements import CONDITION_KEYS

_WIDEN = "set allow_widening: true to remove it"
# Of those, a later run need not be given what an earlier one was.
_ADDITIONAL = SID_PREFIX_PERMISSIONS + "Additional"


def target_document(
    stored: object,
    own: Sequence[Mapping[str, Json]],
    desired: Desired,
    where: str,
    *,
    managed: bool,
    lists: Sequence[str] = (),
    gone: Sequence[Mapping[str, Json]] = (),
) -> dict[str, Json] | None:
    """The document our policy needs, or None if the stored one will do. ``lists``, ``gone``: as of a Part. Raises PrincipalError."""
    try:
        current = load(stored)
    except UnreadableDocumentError as error:
        if desired.match == EXACT and desired.allow_widening:
            return new_document(own)
        raise PrincipalError(
            f"Policy {where} cannot be read ({error}), so nothing can be merged into it and nothing was changed. Fix it by "
            "hand, set match: exact and allow_widening: true to replace it as a whole, or choose another policy_name."
        ) from error
    if desired.match == EXACT and managed:
        _check_denials(current, own, desired, where)
        fresh = new_document(own)
        return None if equal(current, fresh) else fresh
    if desired.match == EXACT:
        return _exact_inline(current, own, where)
    # Statements that someone else put into our policy stay: ours are known by Sid and form.
    sids = [str(statement["Sid"]) for statement in own]
    left = without_own(current, gone, sids, SID_PREFIX_PERMISSIONS)
    wanted = _to_write(left, own)
    wanted += [
        statement
        for statement in own
        if statement["Sid"] in lists and statement not in wanted and not _stands(left, statement)
    ]
    if "${" in str(wanted) and element(current, "Version") != VERSION:
        raise PrincipalError(
            f"Policy {where} has no Version {VERSION}, so the policy variables in additional_statements would be plain "
            f"text in it, and nothing was changed. {_way_to_variables(current, own, managed)}or choose another policy_name."
        )
    return _merged(left, wanted) if wanted or len(statements(left)) < len(statements(current)) else None


def _merged(current: Mapping[str, Json], wanted: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    return merged_own(current, wanted, SID_PREFIX_PERMISSIONS)


def _stands(current: Mapping[str, Json], own: Mapping[str, Json]) -> bool:
    return stands(current, own, SID_PREFIX_PERMISSIONS)


def _to_write(current: dict[str, Json], own: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Those of our statements that ``current`` does not say, or would no longer say once the others are written."""
    wanted: list[Mapping[str, Json]] = []
    while True:
        written = _merged(current, wanted)
        more = [statement for statement in own if statement not in wanted and not contains(written, dict(statement))]
        if not more:
            return wanted
        wanted += more


def _check_denials(
    current: Mapping[str, Json], own: Sequence[Mapping[str, Json]], desired: Desired, where: str
) -> None:
    refused = () if desired.allow_widening else denials(current, own)
    if refused:
        raise PrincipalError(
            f"Policy {where} contains statement {refused[0]}, which denies something or cannot be read, and match: "
            "exact would remove it, so nothing was changed. Move it into another policy, add it to "
            f"additional_statements, use match: effect, or {_WIDEN}."
        )


def _way_to_variables(current: Mapping[str, Json], own: Sequence[Mapping[str, Json]], managed: bool) -> str:
    # Of an inline policy match: exact replaces what is ours only.
    theirs = "" if managed else _with_variables(current, own)
    return f"Move its statement {theirs} into another policy, " if theirs else "Set match: exact to replace it, "


def _exact_inline(current: Mapping[str, Json], own: Sequence[Mapping[str, Json]], where: str) -> dict[str, Json] | None:
    """An inline policy has no tag: what is not in our form stays, and of ours there is exactly what is asked for."""
    body, sids = list(statements(current)), [str(statement["Sid"]) for statement in own]
    kept = {index for statement in own for index in places(body, statement, sids, SID_PREFIX_PERMISSIONS)}
    left = [statement for index, statement in enumerate(body) if index in kept or not is_ours(statement, index, own)]
    theirs = _with_variables(current, own)
    if theirs and element(current, "Version") != VERSION:
        raise PrincipalError(
            f"Policy {where} has no Version {VERSION}, and match: exact would add it: plain text in its statement "
            f"{theirs} would become a policy variable and change its meaning, so nothing was changed. Move it into "
            "another policy, use match: effect, or choose another policy_name."
        )
    new = {**_merged(with_statements(current, left), own), "Version": VERSION}
    return None if equal(current, new) else new


def _with_variables(current: Mapping[str, Json], own: Sequence[Mapping[str, Json]]) -> str:
    """The label of the first statement of somebody's that policy variables would make say something else; empty for none."""
    theirs = _of_others(current, own)
    return next((label(statement, index) for index, statement in theirs if "${" in str(statement)), "")


def _of_others(current: Mapping[str, Json], own: Sequence[Mapping[str, Json]]) -> list[tuple[int, Json]]:
    """With where each stands."""
    return [(index, each) for index, each in enumerate(statements(current)) if not is_ours(each, index, own)]


class OthersStatements(NamedTuple):
    """What is somebody's in a policy of ours that is needed no more: ``why`` it stays, empty if it can go, and with which
    ``document``, None for the one that it has. ``way``: how to have it taken away all the same, beside by hand."""

    why: str = ""
    way: str = ""
    document: dict[str, Json] | None = None


def statements_of_others(stored: object, own: Sequence[Mapping[str, Json]], desired: Desired) -> OthersStatements:
    """As with a policy that stays: ``match: exact`` replaces an Allow, and a Deny goes only if the options say so."""
    way = f", or {_WIDEN}"
    try:
        current = load(stored)
    except UnreadableDocumentError as error:
        return OthersStatements() if desired.allow_widening else OthersStatements(f"it cannot be read ({error})", way)
    theirs, refusing = _of_others(current, own), denials(current, own)
    granting = [name for index, statement in theirs if (name := label(statement, index)) not in refusing]
    refused = () if desired.allow_widening else refusing
    if not refused and (desired.match == EXACT or not granting):
        return OthersStatements()
    why = (
        f"its statement {refused[0]} denies something"
        if refused
        else f"its statement {granting[0]} is not this collection's"
    )
    left = with_statements(current, [statement for _index, statement in theirs])
    return OthersStatements(why, way if refused else "", left if len(theirs) < len(statements(current)) else None)


def is_ours(statement: Json, index: int, own: Sequence[Mapping[str, Json]]) -> bool:
    """Whether this collection may have written the statement, in this run or in an earlier one."""
    name = label(statement, index)
    if any(is_of(name, str(ours["Sid"])) and is_own(statement, ours) for ours in own):
        return True
    if not name.startswith(SID_PREFIX_PERMISSIONS):
        return False
    return is_own_form(statement, None if name.startswith(_ADDITIONAL) else CONDITION_KEYS)
