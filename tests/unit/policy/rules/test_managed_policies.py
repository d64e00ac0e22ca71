# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every policy that AWS manages, as identity policy, boundary and SCP, against all 35 actions: a verdict each time."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import PERMISSION_SETS
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import verdicts
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import load
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.evaluate import Policies
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.matching import StoredPolicy
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.scope import EVERYTHING
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.state import Observed
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.requirements import questions
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.unit.policy.rules.asking import allow, stored

pytestmark = pytest.mark.slow

ACTIONS = PERMISSION_SETS["dynamodb_restore"].actions
ROLE = Observed(Account("aws", "111122223333"), "role", "Restore", True)
MANAGED = [StoredPolicy(name, policy["Document"]) for name, policy in json.loads(aws_managed_policies_data).items()]
FULL = stored(allow())


@pytest.mark.soak
def test_every_managed_policy_gets_a_verdict_on_every_action():
    assert len(MANAGED) > 1000
    seen: dict[str, set[str]] = {"identity": set(), "boundary": set(), "scp": set()}
    for policy in MANAGED:
        for role, policies in {
            "identity": Policies((policy,)),
            "boundary": Policies((FULL,), boundary=policy),
            "scp": Policies((FULL,), scps=((policy,),)),
        }.items():
            seen[role] |= {decision.verdict for decision in questions.decide(ACTIONS, ROLE, policies, EVERYTHING)}
    for role, answers in seen.items():
        assert answers <= set(verdicts.SEVERITY), role
        # A sweep in which everything came out the same would have looked at nothing.
        assert {verdicts.ALLOWED, verdicts.CONDITIONAL, verdicts.IMPLICIT_DENY} <= answers


def test_every_managed_policy_can_be_read_in_every_form():
    """Those of AWS are longer than what its API takes from others: by themselves, indented, and encoded."""
    longest = 0
    for policy in MANAGED:
        indented = json.dumps(policy.document, indent=4)
        longest = max(longest, len(indented))
        assert load(policy.document) == load(indented) == load(quote(indented)), policy.name
    assert longest > 152_297


def test_what_aws_gives_administrators_and_readers():
    by_name = {policy.name: policy for policy in MANAGED}

    def allowed(name: str) -> set[str]:
        decisions = questions.decide(ACTIONS, ROLE, Policies((by_name[name],)), EVERYTHING)
        return {decision.requirement for decision in decisions if decision.verdict == verdicts.ALLOWED}

    assert allowed("AdministratorAccess") == set(ACTIONS)
    readable = allowed("ReadOnlyAccess")
    assert {"dynamodb:DescribeTable", "backup:ListTags"} <= readable
    assert not {"dynamodb:DeleteTable", "kms:Decrypt", "iam:PassRole"} & readable
