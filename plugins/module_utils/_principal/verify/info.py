# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of one principal, by layer, as a result that other modules take. Reads only."""

from __future__ import annotations

from ..model.results import principal_result
from ..model.state import ROLE, Observed, PrincipalKind
from ..observe.principal import observe
from ..observe.session import Session, check_account, reading
from .outside_policies import policy_results
from .results import PrincipalPoliciesResult


def principal_policies(
    session: Session, kind: PrincipalKind, name: str, account_id: str | None
) -> PrincipalPoliciesResult:
    """``name`` without a path. Documents are those of the default versions. Raises RestoreAccessError."""

    def observed() -> Observed:
        principal = observe(session.iam, session.account, kind, name, (), None)
        check_account(principal, account_id)
        return principal

    return _result(reading(session, f"{kind} {name}", observed))


def _result(observed: Observed) -> PrincipalPoliciesResult:
    boundary = observed.boundary
    return {
        "principal": principal_result(observed),
        "exists": observed.exists,
        "trust": observed.trust if observed.kind == ROLE else None,
        "identity": policy_results(observed.identity),
        "boundary": None if boundary is None else policy_results([boundary])[0],
    }
