# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Building the sample organization on an emulator, reading it back, and the inventory and credentials to work on it.

Root access is for building and reading back only: what the playbooks get is an ordinary IAM user of the management
account, which may do nothing but assume the member roles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3

from tests.emulator import cases
from tests.emulator.server import Server

REGION = "us-east-1"


@dataclass(frozen=True)
class Credentials:
    """Access keys that no repr shows."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False, default=None)

    @property
    def client_arguments(self) -> dict[str, Any]:
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "aws_session_token": self.session_token,
        }

    @property
    def secrets(self) -> list[str]:
        return [secret for secret in (self.access_key_id, self.secret_access_key, self.session_token) if secret]


@dataclass(frozen=True)
class Organization:
    """A built organization. ``automation``: the keys that the playbooks run with."""

    server: Server
    accounts: tuple[cases.Account, ...]
    automation: Credentials

    def account(self, case: str) -> cases.Account:
        return next(account for account in self.accounts if account.case == case)


def client(server: Server, service: str, credentials: Credentials) -> Any:
    return boto3.client(service, region_name=REGION, endpoint_url=server.endpoint, **credentials.client_arguments)


def root(server: Server, account_id: str) -> Credentials:
    """The root of an account. MiniStack takes the account's ID as its key; moto goes by the role that was assumed."""
    if server.enforces_iam:
        return Credentials(account_id, "root")
    nobody = Credentials("AKIAIOSFODNN7EXAMPLE", "anything")
    if account_id == cases.MANAGEMENT_ACCOUNT:
        return nobody
    return assume(server, nobody, f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}")


def assume(server: Server, caller: Credentials, arn: str, external_id: str | None = None) -> Credentials:
    """Raises botocore's ClientError if it is refused."""
    arguments = {"RoleArn": arn, "RoleSessionName": "sample"} | ({"ExternalId": external_id} if external_id else {})
    temporary = client(server, "sts", caller).assume_role(**arguments)["Credentials"]
    return Credentials(temporary["AccessKeyId"], temporary["SecretAccessKey"], temporary["SessionToken"])


def build(server: Server, members: tuple[cases.Account, ...] = cases.ACCOUNTS) -> Organization:
    """The whole organization. What depends on IAM being enforced is left out where it is not."""
    automation = _management(server)
    _appliance(server)
    accounts = tuple(member for member in members if server.enforces_iam or not member.needs_enforcement)
    for account in accounts:
        fill(client(server, "iam", root(server, account.account_id)), account)
    return Organization(server, accounts, automation)


def _management(server: Server) -> Credentials:
    iam = client(server, "iam", root(server, cases.MANAGEMENT_ACCOUNT))
    iam.create_user(UserName=cases.AUTOMATION_USER)
    allowed = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": f"arn:aws:iam::*:role/{cases.MEMBER_ROLE}",
    }
    iam.put_user_policy(
        UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=json.dumps(cases.document(allowed))
    )
    key = iam.create_access_key(UserName=cases.AUTOMATION_USER)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _appliance(server: Server) -> None:
    iam = client(server, "iam", root(server, cases.APPLIANCE_ACCOUNT))
    trust = cases.document(cases.admit({"AWS": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:root"}))
    iam.create_role(RoleName=cases.APPLIANCE_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    _put_inline(iam, "role", cases.APPLIANCE_ROLE, "assume", cases.allow("sts:AssumeRole"))
    _member_role(iam, cases.MANAGEMENT_ACCOUNT)


def fill(iam: Any, account: cases.Account) -> None:
    """Make a new account what it is to be. ``iam``: its root's client."""
    trusted = cases.MANAGEMENT_ACCOUNT if account.trusts_management else account.account_id
    _member_role(iam, trusted)
    if account.principal is not None:
        _principal(iam, account.principal)


def _member_role(iam: Any, trusted: str) -> None:
    """The role that AWS Organizations puts into each account, for the management account to come in by."""
    trust = cases.document(cases.admit({"AWS": f"arn:aws:iam::{trusted}:root"}))
    iam.create_role(RoleName=cases.MEMBER_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    _put_inline(iam, "role", cases.MEMBER_ROLE, "administrator", cases.allow("*"))


def _principal(iam: Any, wanted: cases.Principal) -> None:
    title = wanted.kind.capitalize()
    arguments: dict[str, Any] = {f"{title}Name": wanted.name, "Path": wanted.path}
    arguments["Tags"] = [{"Key": key, "Value": value} for key, value in wanted.tags.items()]
    if wanted.kind == "role":
        arguments["AssumeRolePolicyDocument"] = json.dumps(cases.document(*wanted.trust))
    if wanted.boundary is not None:
        arguments["PermissionsBoundary"] = _create_policy(iam, "boundary", (wanted.boundary,))
    getattr(iam, f"create_{wanted.kind}")(**arguments)
    for name, documents in wanted.managed.items():
        attach = getattr(iam, f"attach_{wanted.kind}_policy")
        attach(**{f"{title}Name": wanted.name}, PolicyArn=_create_policy(iam, name, documents))
    for name, document in wanted.inline.items():
        _put_inline(iam, wanted.kind, wanted.name, name, document)
    for group, document in wanted.groups.items():
        iam.create_group(GroupName=group)
        iam.put_group_policy(GroupName=group, PolicyName=group, PolicyDocument=json.dumps(document))
        iam.add_user_to_group(GroupName=group, UserName=wanted.name)


def _create_policy(iam: Any, name: str, documents: tuple[cases.Document, ...]) -> str:
    # Ours as this collection would have left it.
    tags = cases.OWN_TAGS if name == cases.OWN_POLICY else []
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(documents[0]), Tags=tags)
    arn: str = made["Policy"]["Arn"]
    for document in documents[1:]:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    return arn


def _put_inline(iam: Any, kind: str, principal: str, name: str, document: cases.Document) -> None:
    put = getattr(iam, f"put_{kind}_policy")
    put(**{f"{kind.capitalize()}Name": principal}, PolicyName=name, PolicyDocument=json.dumps(document))


def dump(server: Server, account_id: str) -> dict[str, Any]:
    """All IAM content of an account, to compare before and after."""
    iam = client(server, "iam", root(server, account_id))
    policies = iam.list_policies(Scope="Local")["Policies"]
    return {
        "roles": {role["RoleName"]: _dump_one(iam, "role", role) for role in iam.list_roles()["Roles"]},
        "users": {user["UserName"]: _dump_one(iam, "user", user) for user in iam.list_users()["Users"]},
        "policies": {policy["Arn"]: dict(_versions(iam, policy["Arn"])) for policy in policies},
    }


def _dump_one(iam: Any, kind: str, listed: dict[str, Any]) -> dict[str, Any]:
    title = kind.capitalize()
    name = {f"{title}Name": listed[f"{title}Name"]}
    principal = getattr(iam, f"get_{kind}")(**name)[title]
    attached = getattr(iam, f"list_attached_{kind}_policies")(**name)["AttachedPolicies"]
    get_inline = getattr(iam, f"get_{kind}_policy")
    names = getattr(iam, f"list_{kind}_policies")(**name)["PolicyNames"]
    return {
        "arn": principal["Arn"],
        "trust": principal.get("AssumeRolePolicyDocument"),
        "description": principal.get("Description", ""),
        "max_session_duration": principal.get("MaxSessionDuration"),
        "boundary": principal.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": {tag["Key"]: tag["Value"] for tag in principal.get("Tags", [])},
        "attached": [policy["PolicyArn"] for policy in attached],
        "inline": {policy_name: get_inline(**name, PolicyName=policy_name)["PolicyDocument"] for policy_name in names},
    }


def _versions(iam: Any, arn: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        stored = iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]
        yield version["VersionId"], {"default": version["IsDefaultVersion"], "document": stored["Document"]}


def inventory(organization: Organization) -> dict[str, Any]:
    """An Ansible inventory: one host per account. The same variables are what a real fleet needs."""
    hosts = {account.case: {"account_id": account.account_id, **account.host_vars} for account in organization.accounts}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "restore_access_name": cases.RESTORE_ROLE,
        "restore_access_assume_role_arn": "arn:aws:iam::{{ account_id }}:role/" + cases.MEMBER_ROLE,
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
        "restore_access_appliance_assume_role_arn": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:role/{cases.MEMBER_ROLE}",
    }
    return {"restore_accounts": {"hosts": hosts, "vars": variables}}


def environment(organization: Organization) -> dict[str, str]:
    """What the playbooks run with: the automation user's keys and the way to the emulator, and nothing else."""
    return {
        "AWS_ACCESS_KEY_ID": organization.automation.access_key_id,
        "AWS_SECRET_ACCESS_KEY": organization.automation.secret_access_key,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": organization.server.endpoint,
    }
