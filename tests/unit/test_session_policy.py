# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The session that a run enters an account with: what it may do, what it is called, and how long the policy is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import organization as organization_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._options import session_policy
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.account import assume_role, session_name
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import (
    RESTORE_ROLE_SPEC,
    desired_state,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import INFO_SPEC, VERIFY_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import operator_actions
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import snapshot
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.verdict import headline
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests import documents
from tests.unit.hostile import hosts
from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import running, scenes, worlds
from tests.unit.principal.test_interrupted import essence
from tests.unit.report import fleets

MEMBER = "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole"
HUB = "arn:aws:iam::999988887777:role/Hub"
APPLIANCE = "arn:aws:iam::444455556666:role/VeeamImpersonation"
WRITES = re.compile("iam:(?!Get|List|Simulate)")


def params(spec: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    spec = spec or RESTORE_ROLE_SPEC
    base = {"name": "VeeamDynamoDBRestore", "appliance_principals": [APPLIANCE], "assume_role_arn": MEMBER}
    taken = {name: value for name, value in {**base, **given}.items() if name in spec}
    validated = ArgumentSpecValidator(spec).validate(taken)
    assert not validated.error_messages
    return dict(validated.validated_parameters)


def undone(**given: Any) -> snapshot.Snapshot:
    """What a run with match: exact, which makes our policy, has left to go back by."""
    options = {"name": "VeeamDynamoDBRestore", "appliance_principals": [APPLIANCE], "match": "exact"}
    made = running.run(scenes.account(inline={}), options | given)
    return snapshot.read(json.loads(json.dumps(made["previous"])))


def restore_role(check_mode: bool = False, undo: snapshot.Snapshot | None = None, **given: Any) -> str:
    options = params(**given)
    return session_policy.of_restore_role(options, desired_state(options), check_mode, undo)


def statements(policy: str) -> list[dict[str, Any]]:
    return list(json.loads(policy)["Statement"])


def actions(policy: str) -> list[str]:
    return [action for statement in statements(policy) for action in statement["Action"]]


ASKED = {"method": "both", "check_key_policies": True, "check_vault_policies": True}


def of_runs(kind: str) -> dict[str, str]:
    """What is run → its policy, for the table in the documentation."""
    of_kind = {"principal_type": kind}
    verify = params(VERIFY_SPEC, **of_kind)
    return {
        "check mode, drift report": restore_role(check_mode=True, **of_kind),
        "converge": restore_role(**of_kind),
        "`state: absent`": restore_role(state="absent", **of_kind),
        "rollback": restore_role(undo=undone(**of_kind), **of_kind),
        "verify": session_policy.of_verify(verify),
        "verify with the simulator and the policies of keys and vaults": session_policy.of_verify(verify | ASKED),
        "verify of named tables, vaults or keys": session_policy.of_verify(verify | {"tables": ["orders"]}),
        "`principal_policies_info`": session_policy.of_principal_policies_info(params(INFO_SPEC, **of_kind)),
        "`organization_policies_info`, inventory": session_policy.of_organization(
            params(organization_options.POLICIES_SPEC)
        ),
    }


def test_the_documentation_says_how_long_each_policy_is():
    role, user = of_runs("role"), of_runs("user")
    rows = [[what, str(len(policy)), str(len(user[what]))] for what, policy in role.items()]
    assert [row for row in documents.rows(documents.guide("operator")) if row[1:2] and row[1].isdigit()] == rows


@pytest.mark.parametrize("kind", ["role", "user"])
def test_whatever_the_names_it_is_no_longer_than_aws_takes(kind: str):
    given = {
        "name": "n" * 64,
        "path": "/" + "p" * 500 + "/",
        "policy_name": "y" * 128,
        "principal_type": kind,
        "assume_role_arn": MEMBER.replace("aws", "aws-us-gov"),
        "appliance_principals": [],
    }
    for policy in (restore_role(**given), restore_role(**given, state="absent")):
        assert len(policy) <= session_policy.LONGEST
    head = "arn:aws-us-gov:iam::111122223333:"
    modes = ["present", "absent", "rollback", "restore_role_arns"]
    assert len(session_policy.session_policy(modes, kind, head, "n" * 64, ["y" * 128])) <= session_policy.LONGEST


@pytest.mark.parametrize("what", of_runs("role"))
@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_run_that_reads_may_write_nothing(kind: str, what: str):
    writes = [action for action in actions(of_runs(kind)[what]) if WRITES.match(action)]
    assert bool(writes) == (what in ("converge", "`state: absent`", "rollback"))


def test_families_of_actions_are_those_that_aws_calls_reads():
    known = json.loads(aws_managed_policies_data)
    ours = {action for policy in of_runs("role").values() for action in actions(policy) if action.endswith("*")}
    theirs: set[str] = set()
    for name in ("IAMReadOnlyAccess", "AWSOrganizationsReadOnlyAccess"):
        for statement in known[name]["Document"]["Statement"]:
            theirs |= set(statement["Action"])
    assert ours == {"iam:Get*", "iam:List*", "organizations:Describe*", "organizations:List*"}
    assert ours <= theirs


@pytest.mark.parametrize("kind", ["role", "user"])
@pytest.mark.parametrize(
    ("what", "modes"),
    [
        ("check mode, drift report", ["check"]),
        ("converge", ["present", "restore_role_arns"]),
        ("`state: absent`", ["absent"]),
        ("rollback", ["present", "absent", "rollback"]),
        (
            "verify with the simulator and the policies of keys and vaults",
            ["simulate", "check_key_policies", "check_vault_policies"],
        ),
        ("verify of named tables, vaults or keys", ["check", "resource_tags"]),
        ("`principal_policies_info`", ["principal_policies"]),
        ("`organization_policies_info`, inventory", ["organization"]),
    ],
)
def test_it_takes_away_nothing_that_the_run_needs(kind: str, what: str, modes: list[str]):
    allowed = actions(of_runs(kind)[what])
    needed = {action for mode in modes for action in operator_actions(mode, kind)}
    assert [action for action in sorted(needed) if not any(fnmatchcase(action, pattern) for pattern in allowed)] == []


def test_writes_are_on_the_principal_and_our_policy_only():
    """Of the account."""
    _reads, *writes = statements(restore_role(name="backup/Restore", policy_name="Ours"))
    account = "arn:aws:iam::111122223333:"
    assert [write["Resource"] for write in writes] == [
        [account + "role/Restore", account + "role/*/Restore"],
        [account + f"policy/{path}Ours{part}" for part in ("", "-part*") for path in ("", "*/")],
    ]
    assert all("Role" in action for action in writes[0]["Action"])


def test_a_rollback_may_write_on_the_policy_of_the_run():
    policy = restore_role(undo=undone(policy_name="Before"))
    (resources,) = [
        statement["Resource"] for statement in statements(policy) if "policy/" in str(statement["Resource"])
    ]
    assert "arn:aws:iam::111122223333:policy/Before" in resources
    assert not any("Cloudrestore" in resource for resource in resources)


def restore_roles(number: int) -> list[str]:
    return [f"arn:aws:iam::{100000000000 + each}:role/VeeamDynamoDBRestore" for each in range(number)]


def of_policies(*names: str) -> snapshot.Snapshot:
    """Of a run that wrote on these policies only."""
    before = undone()
    (created,) = [change for change in before.made if change.name == "CreatePolicy"]
    head = created.target.rpartition("/")[0]
    return replace(before, made=tuple(replace(created, target=f"{head}/{name}") for name in names))


def policies_in(policy: str) -> list[str]:
    """The names of the policies that may be written."""
    resources = [resource for statement in statements(policy) for resource in statement["Resource"]]
    plain = (resource.partition(":policy/")[2] for resource in resources if ":policy/" in resource)
    return [name for name in plain if "*" not in name]


@pytest.mark.parametrize("longest", [False, True])
@pytest.mark.parametrize(("first", "then"), [(150, 400), (150, 600), (1, 600), (600, 1)])
def test_a_rollback_of_many_restore_roles_has_one_policy(first: int, then: int, longest: bool):
    """With all its parts, though the run touched only the further ones. And it is undone."""
    name, policy = ("n" * 64, "y" * 121) if longest else ("VeeamImpersonation", None)
    base = {"appliance_principals": [], "service_principals": [], "permission_sets": ["appliance_impersonation"]}
    iam = MemoryIam()
    iam.add(Principal("Role", name, trust=worlds.document(worlds.admit({"Service": "ec2.amazonaws.com"}))))
    given = {**base, "name": name, "policy_name": policy}
    running.run(iam, given | {"restore_role_arns": restore_roles(first)})
    before = essence(iam)
    previous = running.run(iam, given | {"restore_role_arns": restore_roles(then)})["previous"]
    undo = snapshot.read(json.loads(json.dumps(previous)))
    text = restore_role(undo=undo, name=name, appliance_principals=[])
    assert policies_in(text) == [policy or "Cloudrestore-role-VeeamImpersonation"]
    writable = [resource for statement in statements(text) for resource in statement["Resource"]]
    assert all(any(fnmatchcase(arn, resource) for resource in writable) for arn in undo.policy_arns)
    running.rolled_back(iam, {"name": name, "policy_name": policy}, previous)
    assert essence(iam) == before


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ours-part2", "Ours-part3", "Ours-part10"], ["Ours"]),
        (["Ours", "Ours-part2"], ["Ours"]),
        (["Ours-part2", "Theirs-part2"], ["Ours", "Theirs"]),
        (["Ours-part2-part2"], ["Ours-part2"]),
        (["Ours-part2", "Ours-part2-part2"], ["Ours"]),
        (["Ours-part1", "Ours-part0", "Ours-part02"], ["Ours-part1", "Ours-part0", "Ours-part02"]),
        (["Ours-part", "Ours-partner", "Ours-part2x"], ["Ours-part", "Ours-partner", "Ours-part2x"]),
        (["-part2"], ["-part2"]),
        # IAM finds it whatever its case, a session policy does not.
        (["Ours-PART2"], ["Ours-PART2"]),
    ],
)
def test_a_further_part_is_named_by_the_first(names: list[str], expected: list[str]):
    text = restore_role(undo=of_policies(*names))
    assert sorted(policies_in(text)) == sorted(expected)
    writable = [resource.rpartition("/")[2] for statement in statements(text) for resource in statement["Resource"]]
    assert all(any(fnmatchcase(name, pattern) for pattern in writable if pattern != "*") for name in names)


def test_a_policy_that_is_too_long_says_what_can_be_done_about_it():
    """The names of a run that is over cannot be chosen."""
    many = of_policies(*(f"Policy-number-{number:03}-of-a-run-with-long-names" for number in range(9)))
    with pytest.raises(OptionError, match=r"AWS accepts only 2,048\. Set assume_role_session_policy: false\.$"):
        restore_role(undo=many)


@pytest.mark.parametrize("name", ["*", "Ours*", "Our?"])
def test_a_wildcard_as_a_snapshot_s_name_opens_no_other_policy(name: str):
    before = undone()
    (created,) = [change for change in before.made if change.name == "CreatePolicy"]
    target = created.target.rpartition("/")[0] + f"/{name}"
    forged = replace(
        before, made=tuple(replace(change, target=target) if change is created else change for change in before.made)
    )
    with pytest.raises(OptionError, match="the name of a policy"):
        restore_role(undo=forged)


@pytest.mark.parametrize("given", [{"assume_role_session_policy": False}, {"assume_role_arn": ""}])
def test_there_is_none_where_it_is_off_or_no_role_is_assumed(given: dict[str, Any]):
    assert restore_role(**given) == ""
    entered = assume_role(params(**given), "a policy")
    assert entered is None or "Policy" not in entered.hops[-1]


def test_each_session_of_a_chain_is_what_it_has_to_be():
    options = params(
        assume_role_arn=[HUB, HUB + "2", MEMBER],
        assume_role_external_id="an-id",
        assume_role_source_identity="ann",
        assume_role_tags={"run": "r-1", "job": 105, "empty": None},
        run_id="r-1",
    )
    entered = assume_role(options, "{}")
    assert entered is not None
    name = {"RoleSessionName": "cloudrestore.aws-r-1", "DurationSeconds": 900}
    tags = [{"Key": "run", "Value": "r-1"}, {"Key": "job", "Value": "105"}, {"Key": "empty", "Value": ""}]
    first = {"SourceIdentity": "ann", "Tags": tags, "TransitiveTagKeys": ["run", "job", "empty"]}
    assert entered.hops == (
        {"RoleArn": HUB, **name, **first},
        {"RoleArn": HUB + "2", **name},
        {"RoleArn": MEMBER, **name, "ExternalId": "an-id", "Policy": "{}"},
    )


def test_a_list_of_one_is_as_that_one():
    assert assume_role(params(assume_role_arn=[MEMBER]), "{}") == assume_role(params(assume_role_arn=MEMBER), "{}")
    assert restore_role(assume_role_arn=[HUB, MEMBER]) == restore_role(assume_role_arn=MEMBER)
    assert assume_role(params(assume_role_arn=[])) is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "cloudrestore.aws"),
        ({"assume_role_session_name": ""}, "cloudrestore.aws"),
        ({"run_id": "converge-20261128T120000Z"}, "cloudrestore.aws-converge-20261128T120000Z"),
        ({"run_id": "x" * 64}, "cloudrestore.aws-" + "x" * 47),
        ({"run_id": "r-1", "assume_role_session_name": "cloudrestore.aws"}, "cloudrestore.aws"),
        ({"run_id": "r-1", "assume_role_session_name": "ours"}, "ours"),
    ],
)
def test_the_session_name_carries_the_run(given: dict[str, Any], name: str):
    assert session_name(params(**given)) == name
    assert len(name) <= 64


@pytest.mark.parametrize("spec", [VERIFY_SPEC, INFO_SPEC, organization_options.POLICIES_SPEC])
def test_every_module_names_its_session_after_the_run(spec: dict[str, Any]):
    assert session_name(params(spec, run_id="r-1")) == "cloudrestore.aws-r-1"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"assume_role_arn": [MEMBER, "Hub"]}, ["assume_role_arn", "'Hub'", "or a list of role ARNs"]),
        ({"assume_role_arn": [MEMBER, ""]}, ["assume_role_arn", "''"]),
        ({"assume_role_arn": [[MEMBER]]}, ["assume_role_arn"]),
        ({"assume_role_arn": {"arn": MEMBER}}, ["assume_role_arn"]),
        ({"assume_role_source_identity": "a b"}, ["assume_role_source_identity", "2-64"]),
        ({"assume_role_source_identity": "a"}, ["assume_role_source_identity"]),
        ({"assume_role_tags": {"aws:run": "1"}}, ["assume_role_tags", "'aws:run'"]),
        ({"assume_role_tags": {"run": ["1"]}}, ["assume_role_tags", "'run'"]),
        ({"assume_role_tags": {"run": "a;b"}}, ["assume_role_tags", "letters, digits"]),
        ({"assume_role_tags": {"run": "1", "Run": "2"}}, ["assume_role_tags", "upper and lower case"]),
        ({"assume_role_tags": {str(number): "" for number in range(51)}}, ["assume_role_tags", "51 tags"]),
        ({"run_id": "a b"}, ["run_id"]),
    ],
)
def test_what_cannot_be_right_is_named(given: dict[str, Any], words: list[str]):
    with pytest.raises(OptionError) as caught:
        assume_role(params(**given))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize(
    ("action", "option"),
    [("sts:TagSession", "assume_role_tags"), ("sts:SetSourceIdentity", "assume_role_source_identity")],
)
def test_a_refusal_names_the_action_that_is_missing(action: str, option: str):
    message = f"User: arn:aws:iam::1:user/u is not authorized to perform: {action} on resource: {MEMBER}"
    told = explain(CallError("sts:AssumeRole", MEMBER, "AccessDenied", message), "111122223333", "role /Restore")
    assert f"{action} on {MEMBER} was refused" in told
    assert f"unset {option}" in told


def test_a_refusal_by_the_session_policy_says_so():
    message = (
        "User: u is not authorized to perform: iam:TagRole because no session policy allows the iam:TagRole action"
    )
    told = explain(CallError("iam:TagRole", MEMBER, "AccessDenied", message), "111122223333", "role /Restore")
    assert "assume_role_session_policy: false" in told
    assert "Grant" not in told


def test_a_policy_that_aws_cannot_pack_names_its_options():
    """The options that it is made of."""
    failure = CallError("sts:AssumeRole", MEMBER, "PackedPolicyTooLarge", "Packed size of session policy is 104%")
    told = explain(failure, "111122223333", "role /Restore")
    assert "assume_role_tags" in told
    assert "assume_role_session_policy: false" in told


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_name_in_other_case_than_iam_s_is_told_first(check_mode: bool):
    """Before AWS refuses the first change."""
    account = hosts.iam()
    given = {**scenes.OPTIONS, "name": scenes.OPTIONS["name"].lower(), "assume_role_arn": MEMBER}
    host = hosts.Host(hosts.validated(RESTORE_ROLE_SPEC, given), hosts.clients(iam=account))
    host.check_mode = check_mode
    with pytest.raises(RestoreAccessError) as caught:
        _tasks.restore_role(host)
    assert f"Set name: {scenes.OPTIONS['name']}, or assume_role_session_policy: false" in caught.value.message
    assert running.writes(account) == []
    free = hosts.Host(host.params | {"assume_role_session_policy": False}, host.clients)
    assert _tasks.restore_role(free)["changed"]
    # What needs no change needs no spelling.
    assert not _tasks.restore_role(host)["changed"]


@pytest.mark.parametrize(
    ("given", "limited"),
    [
        ({"assume_role_arn": MEMBER}, True),
        ({"assume_role_arn": [HUB, MEMBER]}, True),
        ({"assume_role_arn": MEMBER, "assume_role_session_policy": False}, False),
        ({"assume_role_arn": ""}, False),
        ({}, False),
    ],
    ids=str,
)
def test_the_result_says_whether_the_session_was_limited(given: dict[str, Any], limited: bool):
    """Of a run and of verify, and the report in how many accounts it was not."""
    own = {"name": "VeeamDynamoDBRestore", "appliance_principals": [], **given}
    clients = hosts.clients(iam=hosts.iam())
    result = _tasks.restore_role(hosts.Host(hosts.validated(RESTORE_ROLE_SPEC, own), clients))
    lenient = {**own, "fail_on_drift": False, "fail_on_findings": "none"}
    verified = _tasks.restore_role_verify(hosts.Host(hosts.validated(VERIFY_SPEC, lenient), clients))
    assert (result["session_policy"], verified["session_policy"]) == (limited, limited)
    for entry in ({"result": result}, {"verification": verified}):
        report = fleets.report([{"host": "a", "account_id": "111122223333", **entry}])
        said = "In 1 account no session policy limited what the run may call" in headline(report)
        assert (said, "without_session_policy" in report["accounts"][0]) == (not limited, not limited)


def test_a_result_that_does_not_say_counts_as_none():
    """An older one, or one of a run that failed."""
    report = fleets.report([{"host": "a", "account_id": "111122223333", "result": {"failed": True, "msg": "no"}}])
    assert "session policy" not in headline(report)


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        ({}, False),
        ({"tables": ["orders"]}, True),
        ({"vaults": ["restores"]}, True),
        ({"kms_keys": ["arn:aws:kms:eu-west-1:111122223333:key/1234"]}, True),
        ({"kms_keys": []}, False),
        ({"custom_permission_sets": [{"name": "own", "actions": ["kms:Decrypt"], "resources": [MEMBER]}]}, True),
        ({"custom_permission_sets": [{"name": "own", "actions": ["kms:Decrypt"]}]}, False),
    ],
)
def test_verify_may_read_tags_where_resources_are_named(given: dict[str, Any], tags: bool):
    """Which policies ask for them, nobody knows before the session is there."""
    allowed = actions(session_policy.of_verify(params(VERIFY_SPEC, **given)))
    assert set(allowed) - {"iam:Get*", "iam:List*"} == (
        {"backup:ListTags", "dynamodb:ListTagsOfResource", "kms:ListResourceTags"} if tags else set()
    )
