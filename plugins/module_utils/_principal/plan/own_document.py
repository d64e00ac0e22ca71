# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a managed or inline policy of ours has to say, and what of it is somebody's and stays. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..._permission_sets.catalog import SID_PREFIX_PERMISSIONS
from ..._policy.canonical import contains, equal
from ..._policy.documents import Json, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.own_permissions import denials, is_of, is_own, is_own_form, merged_own, places, stands
from ..._policy.statements import VERSION, label, with_statements
from ..._policy.statements import document as new_document
from ..model.state import EXACT, Desired, PrincipalError
from ..requirements.statements import CONDITION_KEYS

_WIDEN = "set allow_widening: true to have it taken away"
# Of those, a later run need not be given what an earlier one was.
_ADDITIONAL = SID_PREFIX_PERMISSIONS + "Additional"


def target_document(
    stored: object, own: Sequence[Mapping[str, Json]], desired: Desired, where: str, *, managed: bool, listing: str = ""
) -> dict[str, Json] | None:
    """The document our policy needs, or None if the stored one will do. ``listing``: as of a Part. Raises PrincipalError."""
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
        return _exact_inline(current, own)
    # Statements that someone else put into our policy stay: ours are known by Sid and form.
    wanted = _to_write(current, own)
    wanted += [
        statement
        for statement in own
        if statement["Sid"] == listing and statement not in wanted and not _stands(current, statement)
    ]
    if "${" in str(wanted) and element(current, "Version") != VERSION:
        raise PrincipalError(
            f"Policy {where} has no Version {VERSION}, so the policy variables in additional_statements would be plain "
            "text in it, and nothing was changed. Set match: exact to replace it, or choose another policy_name."
        )
    return _merged(current, wanted) if wanted else None


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
            f"Policy {where} holds statement {refused[0]}, which refuses something or cannot be read, and match: exact would take "
            f"it away, so nothing was changed. Move it into a policy of its own, put it into additional_statements, leave match "
            f"at effect, or {_WIDEN}."
        )


def _exact_inline(current: Mapping[str, Json], own: Sequence[Mapping[str, Json]]) -> dict[str, Json] | None:
    """An inline policy has no tag: what is not in our form stays, and of ours there is exactly what is asked for."""
    body, sids = list(statements(current)), [str(statement["Sid"]) for statement in own]
    kept = {index for statement in own for index in places(body, statement, sids, SID_PREFIX_PERMISSIONS)}
    left = [statement for index, statement in enumerate(body) if index in kept or not is_ours(statement, index, own)]
    new = {**_merged(with_statements(current, left), own), "Version": VERSION}
    return None if equal(current, new) else new


def is_ours(statement: Json, index: int, own: Sequence[Mapping[str, Json]]) -> bool:
    """Whether this collection may have written the statement, in this run or in an earlier one."""
    name = label(statement, index)
    if any(is_of(name, str(ours["Sid"])) and is_own(statement, ours) for ours in own):
        return True
    if not name.startswith(SID_PREFIX_PERMISSIONS):
        return False
    return is_own_form(statement, None if name.startswith(_ADDITIONAL) else CONDITION_KEYS)
