# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a user accepts: what it takes, which problem it is about, and that nothing else is accepted with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._accepted_risks import acceptance, accepted_risks
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import VERIFY_SPEC

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import validated, verify

ACCOUNT, OTHER = "111122223333", "222233334444"
TODAY = date(2026, 12, 1)
ENTRY = {
    "requirement": "kms:CreateGrant",
    "layer": "identity",
    "policy": "guardrail",
    "statement": "NoGrants",
    "accounts": [ACCOUNT],
    "reason": "the key of these tables is AWS's own",
    "owner": "jane@example.com",
    "expires": "2027-01-31",
}
TOLD = "accepted by jane@example.com until 2027-01-31: the key of these tables is AWS's own"
PROBLEM = {
    "requirement": "kms:CreateGrant",
    "subject": "",
    "verdict": "explicit_deny",
    "layer": "identity",
    "policy": "guardrail",
    "statement": "NoGrants",
}
FINDING = {
    "finding": "trust_to_a_whole_account",
    "layer": "trust",
    "policy": "",
    "statement": "Partner",
    "statement_sha256": "ab12",
}
ACCEPTS_FINDING = {key: ENTRY[key] for key in ("accounts", "reason", "owner", "expires")} | {
    "finding": "trust_to_a_whole_account",
    "layer": "trust",
    "statement": "Partner",
}
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/guardrail"


def told(entry: dict[str, Any], problem: dict[str, Any], account: str = ACCOUNT, today: date = TODAY) -> str:
    return acceptance(problem, account, accepted_risks([entry]), today)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (ENTRY, PROBLEM),
        (ENTRY | {"accounts": ["all"]}, PROBLEM),
        (ENTRY | {"accounts": int(ACCOUNT)}, PROBLEM),
        (ENTRY | {"expires": date(2027, 1, 31)}, PROBLEM),
        (ENTRY | {"policy": POLICY}, PROBLEM | {"policy": POLICY}),
        (ENTRY | {"policy": POLICY.replace(ACCOUNT, "ACCOUNT")}, PROBLEM | {"policy": POLICY}),
        (ENTRY, PROBLEM | {"verdict": "conditional"}),
        (ENTRY | {"subject": ""}, PROBLEM | {"subject": "arn:aws:iam::444455556666:role/a"}),
        (ACCEPTS_FINDING, FINDING),
        (ACCEPTS_FINDING | {"statement_sha256": "ab12"}, FINDING),
    ],
)
def test_what_is_accepted(entry: dict[str, Any], problem: dict[str, Any]):
    assert told(entry, problem) == TOLD


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (ENTRY, PROBLEM | {"requirement": "kms:Decrypt"}),
        (ENTRY, PROBLEM | {"layer": "boundary"}),
        (ENTRY, PROBLEM | {"layer": "scp"}),
        (ENTRY, PROBLEM | {"policy": "guardrail-2"}),
        (ENTRY, PROBLEM | {"statement": "NoGrants2"}),
        (ENTRY, PROBLEM | {"statement": "#0"}),
        (ENTRY, PROBLEM | {"verdict": "unreadable"}),
        (ENTRY | {"statement": ""}, PROBLEM),
        (ENTRY | {"subject": "backup.amazonaws.com"}, PROBLEM | {"subject": "other.amazonaws.com"}),
        (ENTRY, FINDING),
        (ENTRY, PROBLEM | {"finding": "kms:CreateGrant", "requirement": ""}),
        (ACCEPTS_FINDING, PROBLEM),
        (ACCEPTS_FINDING, FINDING | {"statement": "Partner2"}),
        (ACCEPTS_FINDING, FINDING | {"finding": "trust_to_everyone"}),
        (ACCEPTS_FINDING | {"statement_sha256": "cd34"}, FINDING),
        (ENTRY | {"policy": POLICY}, PROBLEM | {"policy": POLICY.replace(ACCOUNT, OTHER)}),
        (ENTRY | {"policy": "ACCOUNT"}, PROBLEM | {"policy": OTHER}),
    ],
)
def test_what_is_not_accepted_with_it(entry: dict[str, Any], problem: dict[str, Any]):
    assert told(entry, problem) == ""


def test_it_is_accepted_in_the_accounts_that_are_named_and_until_the_day():
    assert told(ENTRY, PROBLEM, OTHER) == ""
    assert told(ENTRY, PROBLEM, today=date(2027, 1, 31)) == TOLD
    assert told(ENTRY, PROBLEM, today=date(2027, 2, 1)) == ""
    assert told(ENTRY | {"accounts": ["all"]}, PROBLEM, OTHER) == TOLD
    # An account nobody knows the ID of is none that was named.
    assert told(ENTRY, PROBLEM, "") == ""


def test_of_two_that_accept_it_the_later_one_is_told():
    later = ENTRY | {"expires": "2027-06-30", "owner": "joe"}
    assert "by joe until 2027-06-30" in acceptance(PROBLEM, ACCOUNT, accepted_risks([ENTRY, later]), TODAY)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kms:CreateGrant", "entry 1 must be a dictionary"),
        (ENTRY | {"requirment": "x"}, "has the unknown key 'requirment'. The keys are requirement, finding, subject"),
        ({**ENTRY, "reason": " "}, "lacks reason"),
        ({**ENTRY, "owner": ""}, "lacks owner"),
        ({**ENTRY, "accounts": []}, "lacks accounts"),
        ({key: value for key, value in ENTRY.items() if key != "expires"}, "lacks expires"),
        (
            ENTRY | {"finding": "trust_to_everyone"},
            "must have either a requirement, such as kms:CreateGrant, or a finding",
        ),
        (ENTRY | {"requirement": ""}, "must have either a requirement, such as kms:CreateGrant, or a finding"),
        (ENTRY | {"accounts": ["11112222333"]}, "accounts contains '11112222333'"),
        (ENTRY | {"accounts": ["all", ACCOUNT]}, "accounts contains 'all'"),
        (ENTRY | {"accounts": ["*"]}, "accounts contains '*'"),
        (ENTRY | {"expires": "31.01.2027"}, "expires is '31.01.2027'"),
        (ENTRY | {"expires": "2027-02-30"}, "expires is '2027-02-30'"),
        (ENTRY | {"expires": "never"}, "expires is 'never'"),
        (ENTRY | {"policy": {"a": 1}}, "policy must be a string"),
        (ENTRY | {"reason": "x" * 1001}, "reason must be a string of at most 1,000 characters"),
    ],
)
def test_what_it_does_not_take(entry: Any, message: str):
    with pytest.raises(OptionError) as refused:
        accepted_risks([entry])
    assert message in refused.value.message


@pytest.mark.parametrize("option", [None, [], ""])
def test_nothing_is_accepted_by_nothing(option: Any):
    assert accepted_risks(option) == ()


def test_a_list_is_what_it_takes():
    with pytest.raises(OptionError, match="must be a list of dictionaries"):
        accepted_risks(ENTRY)


class Context:
    """The little that the task needs of a module."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def verified(entries: list[dict[str, Any]], **trust: Any) -> tuple[dict[str, Any], list[str]]:
    """As the module ends: its result, and its warnings."""
    iam = scenes.account(
        scenes.APPLIANCE, scenes.BACKUP, inline={"all": scenes.EVERYTHING, "guardrail": scenes.NO_GRANTS}
    )
    options = {**scenes.OPTIONS, "organization_policies": scenes.NO_ORGANIZATION, **trust}
    params = validated(VERIFY_SPEC, {**options, "accepted_risks": entries})
    result, context = verify(iam, options), Context()
    _tasks._accept(result, accepted_risks(params["accepted_risks"]), context)  # type: ignore[arg-type]
    return _tasks.checked(result, params), context.warnings


def test_a_run_does_not_fail_on_what_is_accepted_and_stays_true():
    with pytest.raises(RestoreAccessError, match="kms:CreateGrant"):
        verified([])
    result, warnings = verified([ENTRY])
    accepted = {each["requirement"]: each["accepted"] for each in result["requirements"] if each["accepted"]}
    assert accepted == {"kms:CreateGrant": TOLD}
    assert (result["drifted"], result["compliant"], warnings) == (True, False, [])
    assert "kms:CreateGrant" in result["missing_permissions"]


def test_what_has_expired_fails_again_and_is_named():
    with pytest.raises(RestoreAccessError, match="kms:CreateGrant"):
        verified([ENTRY | {"expires": "2026-01-31"}])
    result, warnings = verified([ENTRY | {"expires": "2026-01-31"}], fail_on_drift=False)
    assert [each["accepted"] for each in result["requirements"] if each["drift"]] == [""]
    (warning,) = warnings
    assert "kms:CreateGrant (identity policy guardrail, statement NoGrants) was accepted by jane@example.com" in warning


def partner(*principals: str) -> dict[str, Any]:
    iam = MemoryIam()
    trust = worlds.document(
        scenes.APPLIANCE, scenes.BACKUP, {**worlds.admit({"AWS": list(principals)}), "Sid": "Partner"}
    )
    iam.add(Principal("Role", worlds.NAME, trust=trust, inline={"all": scenes.GRANTED}))
    result = verify(iam, {**scenes.OPTIONS, "organization_policies": scenes.NO_ORGANIZATION})
    return next(each for each in result["findings"] if each["finding"] == "trust_to_a_whole_account")


def test_a_statement_that_lets_in_somebody_else_is_not_accepted_with_it():
    root = "arn:aws:iam::{}:root".format
    seen = partner(root(OTHER))
    entry = ACCEPTS_FINDING | {"statement_sha256": seen["statement_sha256"]}
    assert len(seen["statement_sha256"]) == 64
    assert told(entry, seen) == TOLD
    assert told(entry, partner(root(OTHER), root("333344445555"))) == ""
    # Where only the name of the statement is given, it is accepted by its name.
    assert told(ACCEPTS_FINDING, partner(root(OTHER), root("333344445555"))) == TOLD
