# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every documented return value of the reading modules has a sample, and their code produces exactly that sample."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.verdicts import SEVERITY, Decision
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.comparison import disagreements
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.info import principal_policies
from ansible_collections.cloudrestore.aws.plugins.modules import principal_policies_info, restore_role_verify

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import MemorySession, verify

VERIFY = yaml.safe_load(restore_role_verify.RETURN)
GUIDE = Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "guide_verdict.rst"
INFO = yaml.safe_load(principal_policies_info.RETURN)


def unmet() -> dict[str, Any]:
    inline = {"restore": scenes.without("iam:PassRole"), "guardrail": scenes.NO_GRANTS}
    iam = scenes.account(scenes.APPLIANCE, inline=inline)
    return verify(iam, {**scenes.OPTIONS, "organization_policies": scenes.NO_ORGANIZATION})


def nothing_given() -> dict[str, Any]:
    return verify(scenes.account(), scenes.OPTIONS)


def differing() -> dict[str, Any]:
    engine = Decision("kms:Decrypt", "implicit_deny", "", layer="boundary")
    return {"disagreements": disagreements([engine], [Decision("kms:Decrypt", "allowed", "")])}


SCENES = {"not_evaluated": nothing_given, "disagreements": differing}
# Of long lists the sample shows some.
PARTS = ("requirements", "findings")


@pytest.mark.parametrize("key", sorted(set(VERIFY) - {"connection_failure", "probe", "session_policy"}))
def test_the_sample_of_verify_is_what_the_code_produces(key: str):
    produced, sample = SCENES.get(key, unmet)()[key], VERIFY[key]["sample"]
    if key in PARTS:
        assert sample
        assert [word for word in produced if word in sample] == sample
    else:
        assert produced == sample


def test_verify_returns_nothing_that_is_not_documented():
    assert set(unmet()) | {"connection_failure", "disagreements", "probe", "session_policy"} == set(VERIFY)


@pytest.mark.parametrize("key", [name for name, entry in VERIFY.items() if "contains" in entry])
def test_contains_names_what_the_sample_has(key: str):
    sample = VERIFY[key]["sample"]
    assert set(VERIFY[key]["contains"]) == set(sample[0] if isinstance(sample, list) else sample)


def test_the_sample_of_a_principals_policies_is_produced():
    """By the code, as it stands in the documentation."""
    iam = MemoryIam("444455556666")
    trust = worlds.document(worlds.admit({"Service": "ec2.amazonaws.com"}))
    enter = worlds.document(worlds.allow("sts:AssumeRole", f"arn:aws:iam::*:role/{worlds.NAME}"))
    iam.add(Principal("Role", "VeeamImpersonation", trust=trust, inline={"enter-accounts": enter}))
    result = principal_policies(MemorySession(iam), "role", "VeeamImpersonation", None)
    documented = INFO["principal_policies"]
    assert result == documented["sample"]
    assert set(documented["contains"]) == set(result)


def test_a_user_s_groups_and_boundary_are_read_as_well():
    iam = MemoryIam("444455556666")
    iam.add(Principal("Group", "Operators", inline={"restore": scenes.GRANTED}))
    boundary = iam.add_policy("Boundary", scenes.EVERYTHING)
    iam.add(Principal("User", "ann", groups=["Operators"], boundary=boundary))
    result = principal_policies(MemorySession(iam), "user", "ann", None)
    assert (result["trust"], result["identity"]) == (
        None,
        [{"name": "group Operators: restore", "document": scenes.GRANTED}],
    )
    assert result["boundary"] == {"name": boundary, "document": scenes.EVERYTHING}


def test_what_is_read_of_a_principal_is_what_verify_takes():
    iam = MemoryIam("444455556666")
    iam.add(Principal("Role", "VeeamImpersonation", trust={}, inline={"all": scenes.EVERYTHING}))
    boundary = iam.add_policy("Boundary", worlds.document(worlds.allow("s3:*")))
    given = {**scenes.OPTIONS, "organization_policies": scenes.NO_ORGANIZATION}
    verdicts = []
    for arn in (None, boundary):
        iam.principals["Role", "VeeamImpersonation"].boundary = arn
        read = principal_policies(MemorySession(iam), "role", "VeeamImpersonation", "444455556666")
        read["organization_policies"] = scenes.NO_ORGANIZATION
        result = verify(scenes.account(), {**given, "appliance_policies": [read]})
        verdicts += [
            requirement["verdict"]
            for requirement in result["requirements"]
            if requirement["requirement"] == "appliance_can_call"
        ]
    assert verdicts == ["allowed", "implicit_deny"]


# Findings


def _everything_odd() -> list[dict[str, str]]:
    """Every finding there is, from a handful of accounts."""
    with_id = {"Condition": worlds.WITH_ID}
    service = worlds.admit({"Service": "backup.amazonaws.com"}, Sid="S", **with_id)
    orphan = worlds.admit({"AWS": "AROAEXAMPLEOFADELETED"})
    whole = worlds.admit({"AWS": "444455556666"})
    loose = scenes.account(scenes.APPLIANCE, whole, service, orphan, worlds.admit("*"), inline={"a": scenes.EVERYTHING})
    role = loose.principals["Role", worlds.NAME]
    role.inline["guardrail"] = scenes.NO_GRANTS
    backup = worlds.document(worlds.allow("kms:CreateGrant"))
    role.attached = [loose.add_policy("AWSBackupServiceRolePolicyForRestores", backup, owner="aws")]
    asked = scenes.account({**scenes.APPLIANCE, **with_id}, scenes.BACKUP)
    findings = verify(loose, {**scenes.OPTIONS, "appliance_external_id": worlds.EXTERNAL_ID})["findings"]
    findings += verify(asked, scenes.OPTIONS)["findings"]
    pinned = {**scenes.OPTIONS, "backup_source_account_condition": True}
    findings += verify(scenes.account(), pinned)["findings"]
    joined = worlds.admit({"AWS": [worlds.APPLIANCE, "777788889999"]}, Sid="CloudrestoreAppliance")
    findings += verify(scenes.account(joined, scenes.BACKUP), scenes.OPTIONS)["findings"]
    organization = worlds.admit("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}})
    findings += verify(scenes.account(scenes.APPLIANCE, scenes.BACKUP, organization), scenes.OPTIONS)["findings"]
    findings += verify(scenes.account(inline={"restore": scenes.GRANTED, "odd": "{"}), scenes.OPTIONS)["findings"]
    return findings + verify(asked, {**scenes.OPTIONS, "appliance_principals": []})["findings"]


def test_the_documented_findings_are_those_that_can_be_found():
    documented = set(re.findall(r"V\((\w+)\)", VERIFY["findings"]["contains"]["finding"]["description"]))
    assert {finding["finding"] for finding in _everything_odd()} == documented


def test_every_finding_has_the_keys_that_are_documented():
    for finding in _everything_odd():
        assert set(finding) == set(VERIFY["findings"]["contains"])
        assert finding["severity"] in ("high", "medium", "low")
        assert finding["message"].endswith(".")
        assert finding["remedy"].endswith(".")


def test_the_guide_lists_every_finding_with_its_severity():
    listed = dict(re.findall(r"^   \* - ``(\w+)``\n     - (high|medium|low)$", GUIDE.read_text(), re.M))
    assert listed == {finding["finding"]: finding["severity"] for finding in _everything_odd()}


def test_the_guide_explains_every_verdict():
    section = GUIDE.read_text().split("\nThe verdicts\n")[1].split("\n---")[0]
    assert set(re.findall(r"^   \* - ``(\w+)``$", section, re.M)) == set(SEVERITY)
