# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the principal that is there now is the one that the run was about, and not another one of the same name. Pure.

IAM gives each role and user a unique ID, and no two ever the same: one that was deleted and created again has another.
"""

from __future__ import annotations

from ..._policy.canonical import same_document
from ..model.operations import CREATE_PRINCIPAL, DELETE_BOUNDARY, PUT_BOUNDARY, UPDATE_TRUST_POLICY
from ..model.state import ROLE, Observed, PrincipalError
from ..model.tags import say_created_here
from ..records.snapshot import Snapshot

_ON_BOUNDARY = (*PUT_BOUNDARY, *DELETE_BOUNDARY)


def check(observed: Observed, snapshot: Snapshot) -> None:
    """Raises PrincipalError for a principal that was created later under the same name.

    Where neither snapshot nor journal tell an ID, as those of earlier versions, there is nothing to compare.
    """
    created = [made.unique_id for made in snapshot.of(*CREATE_PRINCIPAL)]
    known = [snapshot.unique_id, *created] if snapshot.exists else created
    if not observed.exists or not observed.unique_id or not known or "" in known or observed.unique_id in known:
        return
    if snapshot.exists and _is_created_again(observed, snapshot):
        return
    kind, account = observed.kind, observed.account.account_id
    was = "the run created it with" if created else "the snapshot is of one with"
    raise PrincipalError(
        f"Account {account}: {observed.arn} is not the {kind} that the run was about: {was} the unique ID {known[-1]}, and the "
        f"{kind} that has this name now has the unique ID {observed.unique_id}, so it was created later under the same "
        f"name. Nothing was changed. Of the present {kind} it is not known whether anything of that run is in it. To undo a run at "
        f"it, use the snapshot of that run; to remove what this collection added to it, use state: absent."
    )


def _is_created_again(observed: Observed, snapshot: Snapshot) -> bool:
    """Whether it is what an earlier rollback created in place of what this run, or a later one, deleted.

    Such a rollback brings it back as it was, with what this run did in it. Only what carries this collection's tag is ever
    deleted, and so comes back with it. Its trust policy, path and boundary are as this run found or left them.
    """
    if not observed.created_here or not say_created_here(snapshot.tags) or observed.path != snapshot.path:
        return False
    boundaries, trusts = _of_the_run(snapshot)
    if observed.boundary_arn not in boundaries:
        return False
    return observed.kind != ROLE or any(same_document(observed.trust, each) for each in trusts)


def _of_the_run(snapshot: Snapshot) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """The boundaries and the trust policies that the run found, and the last that it wrote."""
    boundaries = [made.arguments.get("PermissionsBoundary") for made in snapshot.of(*_ON_BOUNDARY)][-1:]
    trusts = [made.arguments["PolicyDocument"] for made in snapshot.of(UPDATE_TRUST_POLICY)][-1:]
    return (snapshot.boundary, *boundaries), (snapshot.trust, *trusts)
