# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What verify calls fixable is what a run with the same options fixes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.status import status_of
from hypothesis import assume, given, reject

from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, verify
from tests.unit.principal.test_properties import MANY, pairs

OURS = f":policy/{DEFAULT_POLICY_NAME}"
Abouts = set[tuple[str, str]]


def those(result: dict[str, Any], key: str) -> Abouts:
    """The requirements of which ``key`` is true."""
    return {(each["requirement"], each["subject"]) for each in result["requirements"] if each[key]}


@MANY
@given(pairs("present"))
def test_what_is_fixable_is_what_a_run_fixes(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = pair
    # A verification does not read what is attached to nothing.
    assume(all(any(arn in other.attached for other in iam.principals.values()) for arn in iam.policies if OURS in arn))
    options = {name: value for name, value in options.items() if name in VERIFY_SPEC}
    to_verify = {"policy_name": DEFAULT_POLICY_NAME, "organization_policies": scenes.NO_ORGANIZATION, **options}
    try:
        before = verify(iam, to_verify)
        run(iam, options)
        after = verify(iam, to_verify)
    except RestoreAccessError:
        reject()
    assert those(before, "fixable") == those(before, "drift") - those(after, "drift")


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ({"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "blocked"),
        ({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:PrincipalTag/team": "true"}}}, "blocked"),
        ({"Effect": "Deny", "Action": "kms:*", "Resource": "*"}, "blocked"),
        (worlds.allow("kms:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "drifted"),
    ],
)  # fmt: skip
def test_what_no_run_fixes_is_blocked(statement: dict[str, Any], status: str):
    """A Deny in an identity policy stays, whatever its condition; an Allow with one gets another beside it."""
    actions = [action for action in worlds.ACTIONS if statement["Effect"] == "Deny" or not action.startswith("kms:")]
    iam = scenes.account(
        scenes.APPLIANCE, scenes.BACKUP, inline={"restore": worlds.document(worlds.allow(actions), statement)}
    )
    verified, converged = verify(iam, scenes.GIVEN), run(iam, scenes.OPTIONS, check=True)
    assert [status_of(None, verified), status_of(converged)] == [status, status]
