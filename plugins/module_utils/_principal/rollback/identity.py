# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the principal that is there now is the one that the run was about, and not another one of the same name. Pure.

IAM gives each role and user a unique ID, and no two ever the same: one that was deleted and created again has another.
"""

from __future__ import annotations

from ..._policy.canonical import equal
from ..._policy.documents import load
from ..._policy.errors import UnreadableDocumentError
from ..model.operations import CREATE_PRINCIPAL, DELETE_PRINCIPAL
from ..model.state import ROLE, Observed, PrincipalError
from ..records.snapshot import Snapshot


def check(observed: Observed, snapshot: Snapshot) -> None:
    """Raises PrincipalError for a principal that was created later under the same name.

    Where neither snapshot nor journal tell an ID, as those of earlier versions, there is nothing to compare.
    """
    created = [made.unique_id for made in snapshot.of(*CREATE_PRINCIPAL)]
    known = [snapshot.unique_id, *created] if snapshot.exists else created
    if not observed.exists or not observed.unique_id or not known or "" in known or observed.unique_id in known:
        return
    if snapshot.of(*DELETE_PRINCIPAL) and _is_as_created_again(observed, snapshot):
        return
    kind, account = observed.kind, observed.account.account_id
    was = "the run created it with" if created else "the snapshot is of one with"
    raise PrincipalError(
        f"Account {account}: {observed.arn} is not the {kind} that the run was about: {was} the unique ID {known[-1]}, and the "
        f"{kind} that has this name now has the unique ID {observed.unique_id}, so it was created later under the same "
        f"name. Nothing was changed. What the run did went with the {kind} that it was done to. To undo a run at the present "
        f"{kind}, use the snapshot of that run; to remove what this collection added to it, use state: absent."
    )


def _is_as_created_again(observed: Observed, snapshot: Snapshot) -> bool:
    """Whether it is what an earlier rollback created in place of what the run deleted: that is finished, or stays as it is."""
    if (observed.path, observed.boundary_arn, dict(observed.tags)) != (
        snapshot.path,
        snapshot.boundary,
        dict(snapshot.tags),
    ):
        return False
    return observed.kind != ROLE or _same_document(observed.trust, snapshot.trust)


def _same_document(current: object, before: object) -> bool:
    try:
        return equal(load(current), load(before))
    except UnreadableDocumentError:
        return current == before
