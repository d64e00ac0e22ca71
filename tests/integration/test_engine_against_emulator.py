# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's verdicts against what an emulator that enforces IAM does, in every account of the sample organization."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import assume, principals, verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import EVERYTHING
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.observe.principal import observe
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements import questions

from tests.emulator import appliance, cases
from tests.emulator.organization import Organization, client, root

# The appliance does not get into these, so that there is nothing to compare; that it is right is the next test's affair.
NOT_LET_IN = {"no-role", "no-appliance-trust", "wrong-external-id", "foreign-content", "orphaned-principal"}
LET_THROUGH = {verdicts.ALLOWED: appliance.PERMITTED}
REFUSED = {verdicts.IMPLICIT_DENY: appliance.REFUSED, verdicts.EXPLICIT_DENY: appliance.REFUSED}
WHAT_THE_EMULATOR_DOES = LET_THROUGH | REFUSED


def observed_in(organization: Organization, account_id: str, kind: str, name: str) -> Observed:
    iam = client(organization.server, "iam", root(organization.server, account_id))
    return observe(iam, lambda: Account("aws", account_id), kind, name, (), None)


@pytest.fixture(scope="module")
def seen(enforced: Organization) -> dict[str, tuple[Observed, appliance.Visit]]:
    """What is in each account, and what the appliance met there."""
    collected: dict[str, Any] = {}
    visits = {visit.case: visit for visit in appliance.visit_all(enforced)}
    for account in enforced.accounts:
        principal = account.principal or cases.Principal()
        observed = observed_in(enforced, account.account_id, principal.kind, principal.name)
        collected[account.case] = (observed, visits[account.case])
    return collected


@pytest.mark.parametrize("case", [account.case for account in cases.ACCOUNTS])
def test_what_is_called_allowed_is_let_through(seen: Any, case: str):
    """What is called denied is refused."""
    observed, visit = seen[case]
    if not visit.entered:
        assert case in NOT_LET_IN
        return
    decisions = questions.decide(cases.ACTIONS, observed, observed.policies, EVERYTHING)
    said = {decision.requirement: WHAT_THE_EMULATOR_DOES.get(decision.verdict) for decision in decisions}
    compared = [action for action, answer in visit.actions.items() if answer in WHAT_THE_EMULATOR_DOES.values()]
    assert len(compared) == 30
    assert {action: said[action] for action in compared} == {action: visit.actions[action] for action in compared}


@pytest.mark.parametrize(
    "case",
    [account.case for account in cases.ACCOUNTS if account.principal is None or account.principal.kind == "role"],
)
def test_the_appliance_gets_in_exactly_where_it_is_said_to(seen: Any, enforced: Organization, case: str):
    observed, visit = seen[case]
    if not observed.exists:
        assert not visit.entered
        return
    own = observed_in(enforced, cases.APPLIANCE_ACCOUNT, "role", cases.APPLIANCE_ROLE)
    decision = assume.may_assume(
        StoredPolicy("", observed.trust),
        observed.arn,
        principals.role(cases.APPLIANCE_ARN),
        own=own.policies,
        external_id=cases.EXTERNAL_ID,
    )
    assert decision.verdict in (verdicts.ALLOWED, verdicts.IMPLICIT_DENY)
    assert (decision.verdict == verdicts.ALLOWED) == visit.entered
