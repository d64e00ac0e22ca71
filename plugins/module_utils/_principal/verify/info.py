# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of one principal, by layer, as a result that other modules take. Reads only."""

from __future__ import annotations

from typing import Any

from ..model.results import principal_result
from ..model.state import ROLE, Observed
from ..observe import principal as observe
from ..observe.session import Session, check_account, reading
from .outside_policies import written


def principal_policies(session: Session, kind: str, name: str, account_id: str | None) -> dict[str, Any]:
    """``name`` without a path. Documents are those of the default versions. Raises RestoreAccessError."""

    def observed() -> Observed:
        found = observe.observe(session.iam, session.account, kind, name, "", None)
        check_account(found, account_id)
        return found

    return _as_result(reading(session, f"{kind} {name}", observed))


def _as_result(observed: Observed) -> dict[str, Any]:
    boundary = observed.boundary
    return {
        "principal": principal_result(observed),
        "exists": observed.exists,
        "trust": observed.trust if observed.kind == ROLE else None,
        "identity": written(observed.identity),
        "boundary": None if boundary is None else written([boundary])[0],
    }
