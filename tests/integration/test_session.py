# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the automation's own session may do in an account: AWS itself refuses what the run is not to do.

On an AWS that enforces session policies. The modules' logic runs in this process, with real clients, which a test gets hold of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import INFO_SPEC, VERIFY_SPEC
from botocore.exceptions import ClientError

from tests import documents
from tests.emulator import cases, playbook, sts_proxy
from tests.emulator.organization import REGION, Credentials, Organization, build, client, dump, root
from tests.emulator.server import Server

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
USER = {"principal_type": "user", "name": cases.RESTORE_USER}
INLINE = {"policy_type": "inline"}
# More roles than one managed policy holds.
MANY = [f"arn:aws:iam::{100000000000 + number}:role/VeeamDynamoDBRestoreOfSomebody" for number in range(160)]
IMPERSONATION = {"permission_sets": ["appliance_impersonation"], "restore_role_arns": MANY, "appliance_principals": []}


# What boto3 knows of the services, read once for all runs.
_SHARED = boto3.session.Session()


@dataclass
class Host:
    """What runs the modules' logic here. ``clients``: those that it has made, by service, the last of each."""

    params: Mapping[str, Any]
    check_mode: bool
    endpoint: str
    automation: Credentials
    clients: dict[str, Any] = field(default_factory=dict)

    def connection(self) -> Connection:
        return Connection(REGION, self.endpoint, dict(self.automation.client_arguments), self._session)

    def _session(self, _profile: str | None) -> Any:
        return _Session(self.clients)

    def warn(self, message: str) -> None:
        pass


@dataclass
class _Session:
    clients: dict[str, Any]

    def client(self, service: str, **arguments: Any) -> Any:
        self.clients[service] = _SHARED.client(service, **arguments)
        return self.clients[service]


@dataclass(frozen=True)
class Account:
    organization: Organization
    case: str
    endpoint: str

    @property
    def account_id(self) -> str:
        return self.organization.account(self.case).account_id

    @property
    def member_role(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{cases.MEMBER_ROLE}"

    def host(self, spec: Mapping[str, Any], check_mode: bool, options: Mapping[str, Any]) -> Host:
        given = {
            "name": cases.RESTORE_ROLE,
            "assume_role_arn": self.member_role,
            "appliance_principals": [cases.APPLIANCE_ARN],
            "appliance_external_id": cases.EXTERNAL_ID,
        }
        taken = {name: value for name, value in {**given, **options}.items() if name in spec}
        if not taken.get("appliance_principals"):
            taken.pop("appliance_external_id", None)
        validated = ArgumentSpecValidator(spec).validate(taken)
        assert not validated.error_messages
        return Host(validated.validated_parameters, check_mode, self.endpoint, self.organization.automation)

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Raises RestoreAccessError."""
        return _tasks.restore_role(self.host(RESTORE_ROLE_SPEC, check_mode, options))

    def verify(self, **options: Any) -> dict[str, Any]:
        return _tasks.restore_role_verify(self.host(VERIFY_SPEC, False, {"fail_on_drift": False, **options}))

    def iam_of(self, check_mode: bool, **options: Any) -> Any:
        """The very IAM client that such a run has worked with."""
        host = self.host(RESTORE_ROLE_SPEC, check_mode, options)
        _tasks.restore_role(host)
        return host.clients["iam"]

    @property
    def owner(self) -> Any:
        return client(self.organization.server, "iam", root(self.organization.server, self.account_id))


@pytest.fixture
def organization(ministack: Server) -> Organization:
    ministack.reset()
    return build(ministack)


@pytest.fixture
def account(organization: Organization) -> Callable[[str], Account]:
    return lambda case: Account(organization, case, organization.server.endpoint)


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return True
    return False


def writes(account: Account, role: str, policy: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """boto3's method and its arguments: one of each kind of write, on this role and this policy."""
    document = json.dumps(cases.allow("*"))
    trust = json.dumps(cases.document(cases.admit({"AWS": "*"})))
    yield "attach_role_policy", {"RoleName": role, "PolicyArn": ADMINISTRATOR}
    yield "put_role_policy", {"RoleName": role, "PolicyName": "any", "PolicyDocument": document}
    yield "update_assume_role_policy", {"RoleName": role, "PolicyDocument": trust}
    yield "tag_role", {"RoleName": role, "Tags": [{"Key": "any", "Value": ""}]}
    yield "update_role", {"RoleName": role, "MaxSessionDuration": 7200}
    arn = f"arn:aws:iam::{account.account_id}:policy/{policy}"
    yield "create_policy_version", {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": True}


def test_in_check_mode_aws_itself_refuses_every_write(account: Callable[[str], Account]):
    here = account("five-versions")
    iam, before = here.iam_of(check_mode=True), dump(here.organization.server, here.account_id)
    for method, arguments in writes(here, cases.RESTORE_ROLE, cases.OWN_POLICY):
        assert refused(getattr(iam, method), **arguments), method
    assert refused(iam.create_user, UserName="backdoor")
    assert refused(iam.create_policy, PolicyName="any", PolicyDocument=json.dumps(cases.allow("*")))
    assert dump(here.organization.server, here.account_id) == before
    # What the run called, the very same client still may.
    assert iam.get_role(RoleName=cases.RESTORE_ROLE)["Role"]["RoleName"] == cases.RESTORE_ROLE


def test_without_the_session_policy_a_client_may_do_more(account: Callable[[str], Account]):
    """The same client: all that the role may do."""
    iam = account("compliant").iam_of(check_mode=True, assume_role_session_policy=False)
    assert not refused(iam.create_user, UserName="backdoor")


def test_a_run_writes_on_its_principal_and_policy_only(account: Callable[[str], Account]):
    """A run that applies."""
    here = account("foreign-content")
    iam = here.iam_of(check_mode=False)
    before = dump(here.organization.server, here.account_id)
    for method, arguments in writes(here, cases.MEMBER_ROLE, "someone-elses"):
        assert refused(getattr(iam, method), **arguments), method
    assert refused(iam.create_user, UserName="backdoor")
    assert refused(iam.create_access_key, UserName=cases.RESTORE_USER)
    assert dump(here.organization.server, here.account_id) == before


def test_verify_and_the_infos_may_write_nothing(account: Callable[[str], Account]):
    here = account("compliant")
    for spec, task in ((VERIFY_SPEC, _tasks.restore_role_verify), (INFO_SPEC, _tasks.principal_policies_info)):
        host = here.host(spec, False, {"fail_on_drift": False})
        task(host)
        for method, arguments in writes(here, cases.RESTORE_ROLE, cases.OWN_POLICY):
            assert refused(getattr(host.clients["iam"], method), **arguments), method


SCENES: dict[str, tuple[str, dict[str, Any]]] = {
    "role": ("no-role", {}),
    "role, inline": ("no-role", INLINE),
    "role, everything set": (
        "foreign-content",
        {
            "purge_trust": True,
            "purge_policies": True,
            "purge_tags": True,
            "tags": {"new": "tag"},
            "max_session_duration": 7200,
            "permissions_boundary": ADMINISTRATOR,
        },
    ),
    "role with a path": ("with-path", {"name": f"backup/{cases.RESTORE_ROLE}"}),
    "role at its version limit": ("five-versions", {"match": "exact"}),
    "user": ("iam-user", USER),
    "user, inline": ("no-role", USER | INLINE),
    "user, with tags": ("no-role", USER | {"tags": {"new": "tag"}}),
    "split policies": ("no-role", IMPERSONATION),
}


@pytest.mark.parametrize("name", SCENES)
def test_check_mode_converge_rollback_and_absent_work_under_it(
    account: Callable[[str], Account], name: str, tmp_path: Path
):
    case, options = SCENES[name]
    here = account(case)
    before = dump(here.organization.server, here.account_id)
    predicted = here.run(check_mode=True, **options)
    assert dump(here.organization.server, here.account_id) == before
    made = here.run(**options, snapshot_directory=str(tmp_path), run_id="first")
    assert made["changes"] == predicted["changes"]
    assert made["changed"]
    assert not here.run(**options)["changed"]
    # The emulator knows no SetDefaultPolicyVersion.
    if name != "role at its version limit":
        assert here.run(**options, snapshot=made["snapshot_file"])["changed"]
        here.run(**options)
    if name == "split policies":
        assert here.run(**options | {"restore_role_arns": MANY[:3]})["changed"]
    assert here.run(**options, state="absent")["changed"]
    assert not here.run(**options, state="absent")["changed"]


def test_a_rollback_puts_back_a_policy_of_another_name(account: Callable[[str], Account], tmp_path: Path):
    """Another than the options give."""
    here = account("no-role")
    here.run(policy_name="Before")
    gone = here.run(policy_name="Before", state="absent", snapshot_directory=str(tmp_path))
    assert here.run(snapshot=gone["snapshot_file"])["changed"]
    assert {policy["PolicyName"] for policy in here.owner.list_policies(Scope="Local")["Policies"]} == {"Before"}


def test_verify_works_under_it_with_every_option(account: Callable[[str], Account]):
    here = account("compliant")
    server, credentials = here.organization.server, root(here.organization.server, here.account_id)
    key = client(server, "kms", credentials).create_key()["KeyMetadata"]["Arn"]
    client(server, "backup", credentials).create_backup_vault(BackupVaultName="vault")
    options = {
        "method": "both",
        "kms_keys": [key],
        "vaults": ["vault"],
        "regions": [REGION],
        "check_key_policies": True,
        "check_vault_policies": True,
    }
    limited, free = here.verify(**options), here.verify(**options, assume_role_session_policy=False)
    assert (limited.pop("session_policy"), free.pop("session_policy")) == (True, False)
    assert limited == free
    assert not any("could not be read" in layer for layer in limited["not_evaluated"])


HUB = "FleetHub"


@pytest.fixture
def hub(organization: Organization) -> Organization:
    """The automation may assume the hub only, and of the roles in the accounts only the hub is trusted, by name."""
    iam = client(organization.server, "iam", root(organization.server, cases.MANAGEMENT_ACCOUNT))
    user = f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:user/{cases.AUTOMATION_USER}"
    trust = cases.document(cases.admit({"AWS": user}))
    iam.create_role(RoleName=HUB, AssumeRolePolicyDocument=json.dumps(trust))
    everywhere = cases.document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::*:role/{cases.MEMBER_ROLE}"}
    )
    iam.put_role_policy(RoleName=HUB, PolicyName="assume", PolicyDocument=json.dumps(everywhere))
    only_hub = cases.document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ARN_OF_HUB})
    iam.put_user_policy(UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=json.dumps(only_hub))
    trust_member(organization, "sts:AssumeRole")
    return organization


ARN_OF_HUB = f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:role/{HUB}"


def trust_member(organization: Organization, *actions: str, external_id: str | None = None) -> None:
    """The member role of one account is open to the hub, for these actions."""
    here = Account(organization, "compliant", "")
    statement = {**cases.admit({"AWS": ARN_OF_HUB}, external_id=external_id), "Action": list(actions)}
    here.owner.update_assume_role_policy(
        RoleName=cases.MEMBER_ROLE, PolicyDocument=json.dumps(cases.document(statement))
    )


def allow_beside(organization: Organization, kind: str, name: str, *actions: str) -> None:
    """A caller of the management account may do this on every role; of a role also: everybody may ask it of the role."""
    iam = client(organization.server, "iam", root(organization.server, cases.MANAGEMENT_ACCOUNT))
    put = getattr(iam, f"put_{kind}_policy")
    put(**{f"{kind.capitalize()}Name": name}, PolicyName="beside", PolicyDocument=json.dumps(cases.allow(*actions)))


def test_of_two_roles_assumed_the_last_is_limited(hub: Organization):
    """They are assumed one after the other."""
    with sts_proxy.behind(hub) as (endpoint, desk):
        here = Account(hub, "compliant", endpoint)
        with pytest.raises(RestoreAccessError, match="sts:AssumeRole on .* was refused"):
            here.run(check_mode=True)
        desk.asked.clear()
        trust_member(hub, "sts:AssumeRole", external_id="of-the-account")
        chain = {"assume_role_arn": [ARN_OF_HUB, here.member_role], "assume_role_external_id": "of-the-account"}
        result = here.run(check_mode=True, **chain, run_id="change-4711")
        assert result["principal"]["account_id"] == here.account_id
        first, last = desk.asked
        assert [first["RoleArn"], last["RoleArn"]] == [ARN_OF_HUB, here.member_role]
        assert (sts_proxy.policy(first), "ExternalId" in first) == (None, False)
        (statement,) = (sts_proxy.policy(last) or {})["Statement"]
        assert statement["Action"] == ["iam:Get*", "iam:List*"]
        assert last["ExternalId"] == "of-the-account"
        assert {first["RoleSessionName"], last["RoleSessionName"]} == {"cloudrestore.aws-change-4711"}


@pytest.mark.parametrize(
    ("options", "action"),
    [
        ({"assume_role_source_identity": "ann@example.org"}, "sts:SetSourceIdentity"),
        ({"assume_role_tags": {"run": "change-4711", "mode": "check"}}, "sts:TagSession"),
    ],
)
def test_what_source_identity_or_tags_lack_is_named(hub: Organization, options: dict[str, Any], action: str):
    """On every side."""
    iam = client(hub.server, "iam", root(hub.server, cases.MANAGEMENT_ACCOUNT))

    def trust_hub(*actions: str) -> None:
        user = f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:user/{cases.AUTOMATION_USER}"
        document = cases.document({**cases.admit({"AWS": user}), "Action": list(actions)})
        iam.update_assume_role_policy(RoleName=HUB, PolicyDocument=json.dumps(document))

    both = ("sts:AssumeRole", action)
    # Each step gives what the refusal before it asked for, on one of the four sides.
    steps: list[tuple[Callable[[], None], str]] = [
        (lambda: None, ARN_OF_HUB),
        (lambda: trust_hub(*both), ARN_OF_HUB),
        (lambda: allow_beside(hub, "user", cases.AUTOMATION_USER, action), "member"),
        (lambda: trust_member(hub, *both), "member"),
    ]
    with sts_proxy.behind(hub) as (endpoint, _desk):
        here = Account(hub, "compliant", endpoint)
        chain = {"assume_role_arn": [ARN_OF_HUB, here.member_role], **options}
        for step, at in steps:
            step()
            with pytest.raises(RestoreAccessError) as caught:
                here.run(check_mode=True, **chain)
            arn = here.member_role if at == "member" else at
            assert f"{action} on {arn} was refused" in caught.value.message
            assert f"unset {next(iter(options))}" in caught.value.message
        allow_beside(hub, "role", HUB, action)
        assert not here.run(check_mode=True, **chain)["changed"]


def test_source_identity_and_tags_are_sent_once(organization: Organization):
    """Tags go on with the chain."""
    trust = {
        **cases.admit({"AWS": f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:root"}),
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    }
    allow_beside(organization, "user", cases.AUTOMATION_USER, "sts:TagSession", "sts:SetSourceIdentity")
    with sts_proxy.behind(organization) as (endpoint, desk):
        here = Account(organization, "compliant", endpoint)
        here.owner.update_assume_role_policy(
            RoleName=cases.MEMBER_ROLE, PolicyDocument=json.dumps(cases.document(trust))
        )
        here.run(check_mode=True, assume_role_source_identity="ann", assume_role_tags={"run": "r-1", "job": 105})
        (only,) = desk.asked
        assert only["SourceIdentity"] == "ann"
        assert (only["Tags.member.1.Key"], only["Tags.member.2.Value"]) == ("run", "105")
        # Nobody assumes a further role from the account.
        assert "TransitiveTagKeys.member.1" not in only
        assert only["RoleSessionName"] == "cloudrestore.aws"


def documented() -> dict[str, Any]:
    """The variables that the documentation shows for source identity and tags."""
    (block,) = documents.blocks(documents.guide("operator"), "yaml")
    return dict(yaml.safe_load(block))


@pytest.mark.parametrize(("name", "mode"), [("drift_report", "drift_report"), ("converge", "converge check")])
def test_a_playbook_says_in_every_session_who_runs_what(
    organization: Organization, tmp_path: Path, name: str, mode: str
):
    allow_beside(organization, "user", cases.AUTOMATION_USER, "sts:TagSession", "sts:SetSourceIdentity")
    here = Account(organization, "compliant", "")
    admitted = cases.admit({"AWS": f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:root"})
    trust = {**admitted, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    for account_id in (here.account_id, cases.APPLIANCE_ACCOUNT):
        client(organization.server, "iam", root(organization.server, account_id)).update_assume_role_policy(
            RoleName=cases.MEMBER_ROLE, PolicyDocument=json.dumps(cases.document(trust))
        )
    with sts_proxy.behind(organization) as (endpoint, desk):
        through = replace(organization, server=replace(organization.server, endpoint=endpoint))
        given = documented() | {"restore_access_assume_role_source_identity": "ann"}
        check = ["--check"] if mode.endswith("check") else []
        outcome = playbook.run(
            through, name, tmp_path, "--limit", "compliant,localhost", "-e", json.dumps(given), *check
        )
        assert outcome.statuses == {"compliant": "compliant"}, outcome.output
    assert desk.asked
    for asked in desk.asked:
        assert re.fullmatch(f"cloudrestore.aws-{name}-[0-9TZ]+", asked["RoleSessionName"])
        assert asked["SourceIdentity"] == "ann"
        tags = {asked[f"Tags.member.{number}.Key"]: asked[f"Tags.member.{number}.Value"] for number in (1, 2, 3)}
        run = asked["RoleSessionName"].removeprefix("cloudrestore.aws-")
        assert tags == {"run": run, "job": "none", "mode": mode}
        (statement,) = (sts_proxy.policy(asked) or {})["Statement"]
        assert statement["Action"] == ["iam:Get*", "iam:List*"]
