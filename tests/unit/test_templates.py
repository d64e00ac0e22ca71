# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Templates say what converge writes, and each is what its tool takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.cloudrestore.aws.plugins.lookup import restore_template
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.template import TEMPLATE_SPEC
from cfnlint import lint

from tests.generate.documentation import options_of
from tests.unit import test_documentation
from tests.unit.memory_iam import MemoryIam
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run
from tests.unit.test_role_variables import trusted

EXPORTS = {"name": "exports", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::exports/*"]}
OWN_HOME = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::homes/${aws:username}/*"}
ALL_OPTIONS: dict[str, dict[str, Any]] = {
    "as the guide has it": {},
    "with an external ID": {"appliance_external_id": "an-id"},
    "an account, and more services": {
        "appliance_principals": ["444455556666", worlds.APPLIANCE],
        "service_principals": ["backup.amazonaws.com", "ec2.amazonaws.com"],
    },
    "AWS Backup for the own account only": {
        "backup_source_account_condition": True,
        "service_principals": ["backup.amazonaws.com", "ec2.amazonaws.com"],
    },
    "no appliance": {"appliance_principals": []},
    "inline": {"policy_type": "inline"},
    "scoped": {"permissions_scope": "scoped", "tables": ["orders"], "regions": ["eu-west-1"], "path": "/backup/"},
    "several sets": {
        "permission_sets": ["dynamodb_restore", "dynamodb_backup_manual"],
        "custom_permission_sets": [EXPORTS],
    },
    "one role to hand over": {
        "permissions_scope": "scoped",
        "pass_role_arns": ["arn:aws:iam::111122223333:role/ForBackup"],
    },
    "settings": {
        "description": "Costs 100 %{of} ${x}",
        "max_session_duration": 7200,
        "permissions_boundary": "arn:aws:iam::111122223333:policy/Boundary",
        "tags": {"team": "backup"},
        "additional_statements": [OWN_HOME],
    },
}


def made(form: str, **more: Any) -> dict[str, Any]:
    """The template, by the lookup."""
    options = {**scenes.OPTIONS, **more}
    (text,) = restore_template.LookupModule().run([form], {}, **options)
    return dict(text)


def converged(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Trust and permissions that converge writes for a role that does not exist yet."""
    iam = MemoryIam(scenes.ACCOUNT)
    iam.add_policy("Boundary", worlds.document(worlds.allow("*")))
    after = run(iam, {**scenes.OPTIONS, **options})["after"]
    (permissions,) = after["permissions"].values()
    return after["trust"], permissions


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_the_documents_are_those_that_converge_writes(options: str):
    trust, permissions = converged(ALL_OPTIONS[options])
    template = made("documents", account_id=scenes.ACCOUNT, **ALL_OPTIONS[options])
    assert template == {"trust_policy": trust, "permissions_policy": permissions}


def test_a_user_has_no_trust_policy_in_its_documents():
    assert made("documents", principal_type="user")["trust_policy"] == {}


# CloudFormation


@pytest.mark.slow
@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_cfn_lint_has_nothing_to_say(options: str):
    template = json.dumps(made("cloudformation", **ALL_OPTIONS[options]))
    problems = lint(template, config={"include_checks": ["I"]})
    assert [str(problem) for problem in problems] == []


def test_cfn_lint_would_say_something():
    template = made("cloudformation")
    del template["Resources"]["RestoreRole"]["Properties"]["AssumeRolePolicyDocument"]
    assert lint(json.dumps(template))


def resolved(value: Any, parameters: dict[str, Any]) -> Any:
    """A template's value as CloudFormation resolves it in the account of the scenes."""
    if isinstance(value, list):
        return [resolved(element, parameters) for element in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return parameters[value["Ref"]]
    if "Fn::Sub" in value:
        known = {"AWS::Partition": "aws", "AWS::AccountId": scenes.ACCOUNT, **parameters}
        text = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: known[match[1]], value["Fn::Sub"])
        return text.replace("${!", "${")
    if "Fn::If" in value:
        _condition, then, otherwise = value["Fn::If"]
        return resolved(then, parameters) if parameters["ApplianceExternalId"] else resolved(otherwise, parameters)
    resolved_values = {key: resolved(element, parameters) for key, element in value.items()}
    return {key: resolved_value for key, resolved_value in resolved_values.items() if resolved_value is not None}


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_the_stack_of_a_template_is_what_converge_writes(options: str):
    template = made("cloudformation", **ALL_OPTIONS[options])
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    if "AppliancePrincipals" in defaults:
        listed = defaults["AppliancePrincipals"].split(",")
        defaults["AppliancePrincipals"] = listed[0] if len(listed) == 1 else listed
    given = {**defaults, "AWS::NoValue": None, "RestoreRole": "the role"}
    role = resolved(template["Resources"]["RestoreRole"]["Properties"], given)
    trust, permissions = converged(ALL_OPTIONS[options])
    assert role["AssumeRolePolicyDocument"] == trust
    if ALL_OPTIONS[options].get("policy_type") == "inline":
        assert role["Policies"] == [{"PolicyName": "CloudrestoreRestoreAccess", "PolicyDocument": permissions}]
    else:
        policy = resolved(template["Resources"]["RestorePolicy"]["Properties"], given)
        assert policy["PolicyDocument"] == permissions
        assert policy["Roles"] == ["the role"]
    assert role.get("PermissionsBoundary") == ALL_OPTIONS[options].get("permissions_boundary")
    assert role.get("Description") == ALL_OPTIONS[options].get("description")


def test_nothing_in_a_template_belongs_to_one_account():
    text = json.dumps(made("cloudformation", **ALL_OPTIONS["settings"] | ALL_OPTIONS["scoped"]))
    assert scenes.ACCOUNT not in text
    assert "@@" not in text


# Terraform. Arguments of the AWS provider's resources, as its documentation has them.

ARGUMENTS: dict[str, tuple[set[str], dict[str, type]]] = {
    "aws_iam_role": (
        {"assume_role_policy"},
        {
            "assume_role_policy": str,
            "name": str,
            "path": str,
            "description": str,
            "max_session_duration": int,
            "permissions_boundary": str,
            "tags": dict,
        },
    ),
    "aws_iam_policy": ({"policy"}, {"policy": str, "name": str, "path": str, "description": str, "tags": dict}),
    "aws_iam_role_policy": ({"policy", "role"}, {"policy": str, "role": str, "name": str}),
    "aws_iam_role_policy_attachment": ({"role", "policy_arn"}, {"role": str, "policy_arn": str}),
}
# What is known of each once it is made, beside its arguments.
ATTRIBUTES = {"aws_iam_role": {"arn", "name"}, "aws_iam_policy": {"arn"}}
DATA = {"aws_caller_identity": {"account_id"}, "aws_partition": {"partition"}}
_EXPRESSION = re.compile(r"(?<!\$)\$\{([^}]*)\}")


def evaluated(text: str) -> str:
    """A text as Terraform reads it in the account of the scenes."""
    known = {
        "data.aws_partition.current.partition": "aws",
        "data.aws_caller_identity.current.account_id": scenes.ACCOUNT,
        "aws_iam_role.restore.name": worlds.NAME,
        "aws_iam_policy.restore.arn": "the policy",
        "aws_iam_role.restore.arn": "the role",
    }
    return _EXPRESSION.sub(lambda match: known[match[1]], text).replace("$${", "${").replace("%%{", "%{")


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_terraform_resources_have_the_provider_s_arguments(options: str):
    template = made("terraform", **ALL_OPTIONS[options])
    assert set(template) == {"terraform", "data", "resource", "output"}
    for kind, instances in template["resource"].items():
        required, known = ARGUMENTS[kind]
        (arguments,) = instances.values()
        assert required <= set(arguments) <= set(known)
        assert all(isinstance(value, known[name]) for name, value in arguments.items())


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_terraform_refers_to_nothing_that_is_not_there(options: str):
    template = made("terraform", **ALL_OPTIONS[options])
    for expression in _EXPRESSION.findall(json.dumps(template)):
        *kind, name, attribute = expression.split(".")
        where, attributes = (template["data"], DATA) if kind[0] == "data" else (template["resource"], ATTRIBUTES)
        assert attribute in attributes[kind[-1]]
        assert name in where[kind[-1]]


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_terraform_makes_what_converge_writes(options: str):
    resources = made("terraform", **ALL_OPTIONS[options])["resource"]
    role = resources["aws_iam_role"]["restore"]
    policy = (resources.get("aws_iam_policy") or resources["aws_iam_role_policy"])["restore"]
    trust, permissions = converged(ALL_OPTIONS[options])
    assert json.loads(evaluated(role["assume_role_policy"])) == trust
    assert json.loads(evaluated(policy["policy"])) == permissions
    given = ALL_OPTIONS[options]
    assert evaluated(role.get("permissions_boundary", "")) == given.get("permissions_boundary", "")
    assert evaluated(role.get("description", "")) == given.get("description", "")
    assert {key: evaluated(value) for key, value in role.get("tags", {}).items()} == given.get("tags", {})
    assert (role["name"], role["path"]) == (worlds.NAME, given.get("path", "/"))


# The lookup


@pytest.mark.parametrize(
    ("form", "more", "words"),
    [
        ("yaml", {}, ["'yaml'", "documents, cloudformation, terraform"]),
        ("cloudformation", {"principal_type": "user"}, ["roles only", "documents"]),
        ("documents", {"permissions_scope": "scoped"}, ["Set account_id"]),
        ("terraform", {"permission_sets": []}, ["policy would be empty"]),
        ("terraform", {"appliance_principals": [], "service_principals": []}, ["trust policy would be empty"]),
        ("terraform", {"appliance_principals": None}, ["appliance_principals is not set"]),
        ("terraform", {"wait": True}, ["wait", "permission_sets"]),
        ("terraform", {"tables": ["no such/name"]}, ["tables", "no such/name"]),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(form: str, more: dict[str, Any], words: list[str]):
    with pytest.raises(AnsibleLookupError) as caught:
        made(form, **more)
    for word in words:
        assert word in str(caught.value)


def of_variables(form: str, variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    templar = Templar(DataLoader(), variables)
    (text,) = restore_template.LookupModule(DataLoader(), templar).run([form], variables, from_variables=True, **more)
    return dict(text)


@pytest.mark.parametrize("options", ALL_OPTIONS)
def test_the_variables_of_the_role_stand_for_the_options(options: str):
    given = {**scenes.OPTIONS, **ALL_OPTIONS[options]}
    variables = {f"restore_access_{name}": value for name, value in given.items()}
    of_no_template = {"restore_access_wait": "x", "restore_access_report_dir": "x", "restore_access_verify": "x"}
    template = of_variables("documents", {**variables, **of_no_template, "account_id": scenes.ACCOUNT})
    assert template == made("documents", account_id=scenes.ACCOUNT, **ALL_OPTIONS[options])


def test_an_option_that_is_given_comes_before_the_variable():
    variables = {f"restore_access_{name}": value for name, value in scenes.OPTIONS.items()}
    template = of_variables("terraform", variables, name="Another", path=None)
    assert template["resource"]["aws_iam_role"]["restore"]["name"] == "Another"
    assert of_variables("terraform", variables) == made("terraform")


def test_the_partition_is_that_of_the_role_to_assume():
    variables = {f"restore_access_{name}": value for name, value in scenes.OPTIONS.items()}
    given = {"appliance_principals": ["444455556666"], "permissions_scope": "scoped"}
    assumed = {"restore_access_assume_role_arn": ["arn:aws-cn:iam::111122223333:role/Member"]}
    template = of_variables("documents", {**variables, **assumed, "account_id": scenes.ACCOUNT}, **given)
    assert template == made("documents", account_id=scenes.ACCOUNT, partition="aws-cn", **given)


def test_a_variable_that_cannot_be_made_is_named():
    with pytest.raises(AnsibleLookupError, match="restore_template: restore_access_tags: 'team' is undefined"):
        of_variables("terraform", {"restore_access_tags": trusted("{{ team }}")})


def test_each_option_of_the_lookup_is_documented_as_it_is_taken():
    documented = options_of(restore_template.DOCUMENTATION)
    del documented["_terms"]
    assert set(documented) == set(TEMPLATE_SPEC)
    for name, option in TEMPLATE_SPEC.items():
        assert test_documentation.facts(documented[name]) == test_documentation.facts(option)


# China, where services may have names of their own

CHINA: dict[str, Any] = {
    "appliance_principals": ["arn:aws-cn:iam::444455556666:role/VeeamImpersonation"],
    "permissions_scope": "scoped",
    "regions": ["cn-north-1"],
}


@pytest.mark.parametrize("form", ["documents", "cloudformation", "terraform"])
def test_a_template_for_china_is_what_converge_writes_there(form: str):
    iam = MemoryIam(scenes.ACCOUNT, "aws-cn")
    (permissions,) = run(iam, {**scenes.OPTIONS, **CHINA})["after"]["permissions"].values()
    text = json.dumps(made(form, account_id=scenes.ACCOUNT, **CHINA))
    for name in ("dynamodb.cn-north-1.amazonaws.com", "dynamodb.cn-north-1.amazonaws.com.cn"):
        assert f'"{name}' in json.dumps(permissions)
        assert name in text
    assert "arn:aws:" not in text
    if form == "cloudformation":
        policy = resolved(
            made(form, **CHINA)["Resources"]["RestorePolicy"]["Properties"]["PolicyDocument"],
            {"RoleName": worlds.NAME, "RolePath": "/"},
        )
        assert policy == permissions


def test_elsewhere_no_template_names_china():
    assert "amazonaws.com.cn" not in json.dumps(made("cloudformation", permissions_scope="scoped"))
