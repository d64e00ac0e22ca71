# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples in the documentation of the modules and plugins, read from their files, and the accounts they name.

The accounts are those of the examples themselves. Where one needs to come upon something (a role to evaluate, an earlier
report), ``BEFORE`` has the tasks that bring it about.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.emulator import cases
from tests.emulator.organization import Credentials, assume, client, root
from tests.emulator.server import ROOT, Server

PLUGINS = ROOT / "plugins"
ACCOUNT = "111122223333"
MANAGEMENT = "999988887777"

Task = dict[str, Any]

_EXTERNAL_ID = "the-external-id"
# What the examples leave to the reader to set.
VARIABLES = {
    "appliance_external_id": _EXTERNAL_ID,
    "account_id": ACCOUNT,
    "mfa_code": "123456",
    "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
}


def files() -> list[Path]:
    """Every file that documents a module or plugin for users."""
    paths = [
        path
        for kind in ("modules", "lookup", "inventory", "callback")
        for path in sorted((PLUGINS / kind).glob("*.py"))
    ]
    return paths + sorted((PLUGINS / "filter").glob("*.yml"))


def documentation(path: Path, part: str) -> str:
    """``part``: EXAMPLES or RETURN, as YAML; empty if there is none."""
    if path.suffix == ".yml":
        given = yaml.safe_load(path.read_text()).get(part, "")
        return given if isinstance(given, str) else yaml.safe_dump(given)
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == part:
            return str(ast.literal_eval(node.value))
    return ""


def inventories(examples: str) -> list[str]:
    """The files of an inventory plugin's examples: the second is in comments, since yamllint below core 2.18 takes one document only."""
    first, title, second = examples.partition("\n# production.")
    lines = [line.removeprefix("# ") for line in second.splitlines()[1:]]
    return [first, "\n".join([f"{title.strip()}{second.splitlines()[0]}", *lines])]


def tasks(name: str) -> list[Task]:
    """The example tasks of the module or plugin ``name``."""
    (path,) = [file for file in files() if file.stem == name]
    parsed = yaml.safe_load(documentation(path, "EXAMPLES"))
    assert isinstance(parsed, list)
    return parsed


def restore_role(**more: Any) -> Task:
    """A task that makes sure that there is a role to evaluate."""
    options = {"name": cases.RESTORE_ROLE, "appliance_principals": [cases.APPLIANCE_ARN]} | more
    return {"name": "Before", "cloudrestore.aws.restore_role": options}


_USER = restore_role(name=cases.RESTORE_USER, principal_type="user", appliance_principals=[])
_REPORT: Task = {
    "name": "Before",
    "cloudrestore.aws.restore_role_report": {
        "results": [{"host": "orders", "account_id": ACCOUNT}],
        "directory": "{{ item }}",
    },
    "register": "earlier",
    "loop": ["reports", "slices/1", "slices/2"],
}
_NAMED_AS_IN_THE_EXAMPLE: Task = {
    "name": "Before",
    "ansible.builtin.command": {"cmd": "mv {{ item.0.report.json }} {{ item.1 }}"},
    "loop": "{{ earlier.results[1:] | zip(parts) }}",
    "vars": {
        "parts": ["slices/1/drift_report-2026-01-31T120000Z.json", "slices/2/drift_report-2026-01-31T120003Z.json"]
    },
}
_PLANS: Task = {
    "name": "Before",
    "cloudrestore.aws.restore_plan": {
        "accounts": [],
        "name": "drift_report",
        "directory": "slices/{{ item[0] }}",
        "generated_at": "2026-01-31T12:00:0{{ item[1] }}Z",
    },
    "loop": [["1", "0"], ["2", "3"]],
}
_A_RESULT = restore_role() | {"register": "restore_access_result"}
_A_REPORT: Task = {
    "name": "Before",
    "ansible.builtin.set_fact": {"report": "{{ ansible_play_hosts_all | cloudrestore.aws.fleet_report(hostvars) }}"},
}
_COMPLIANT = restore_role(appliance_external_id=_EXTERNAL_ID)

# Plugin → tasks that come before its examples.
BEFORE: Mapping[str, list[Task]] = {
    "dead_run": [
        {
            "name": "Before",
            "ansible.builtin.file": {
                "path": "{{ lookup('pipe', 'pwd') }}/reports/snapshots/converge-20260101T120000Z",
                "state": "directory",
                "mode": "0700",
            },
        }
    ],
    "principal_policies_info": [restore_role()],
    "restore_role_verify": [_COMPLIANT, _USER],
    "restore_plan": [_PLANS],
    "restore_role_report": [_REPORT, _NAMED_AS_IN_THE_EXAMPLE, _A_RESULT],
    "appliance_policies": [restore_role()],
    "fleet_report": [_A_RESULT],
    "fleet_results": [_A_RESULT],
    "fleet_table": [_A_RESULT, _A_REPORT],
}


@dataclass(frozen=True)
class Profiles:
    """Keys of an administrator of the account that most examples are about, and of the appliance."""

    default: Credentials
    appliance: Credentials

    def write(self, path: Path) -> None:
        """An AWS configuration file, as the one of somebody who has both."""
        lines = []
        for name, keys in {"default": self.default, "profile appliance": self.appliance}.items():
            given = {key: value for key, value in keys.client_arguments.items() if value}
            lines += [f"[{name}]", *(f"{key} = {value}" for key, value in given.items())]
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")


def build(server: Server) -> Profiles:
    """The accounts of the examples, where IAM is enforced."""
    keys = {account: root(server, account) for account in (ACCOUNT, cases.APPLIANCE_ACCOUNT)}
    admits = cases.document(cases.admit({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    for credentials in keys.values():
        _role(client(server, "iam", credentials), cases.MEMBER_ROLE, admits, cases.allow("*"))
    of_its_own = cases.document(cases.admit({"AWS": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:root"}))
    appliance = client(server, "iam", keys[cases.APPLIANCE_ACCOUNT])
    _role(appliance, cases.APPLIANCE_ROLE, of_its_own, cases.allow("sts:AssumeRole"))
    for bucket in ("example-snapshots", "example-reports"):
        client(server, "s3", keys[ACCOUNT]).create_bucket(Bucket=bucket)
    iam = client(server, "iam", keys[ACCOUNT])
    iam.create_user(UserName="administrator")
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=json.dumps(cases.allow("*")))
    made = iam.create_access_key(UserName="administrator")["AccessKey"]
    session = assume(server, keys[cases.APPLIANCE_ACCOUNT], cases.APPLIANCE_ARN)
    return Profiles(Credentials(made["AccessKeyId"], made["SecretAccessKey"]), session)


def _role(iam: Any, name: str, trust: cases.Document, permissions: cases.Document) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=json.dumps(permissions))


@dataclass(frozen=True)
class Fleet:
    """The organization of the examples, on moto. ``ids``: what their names stand for here."""

    profiles: Profiles
    ids: Mapping[str, str]

    def here(self, text: str) -> str:
        """The text of an example with the IDs that exist here."""
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text


def build_organization(server: Server) -> Fleet:
    """Accounts with a team and an environment in one unit, one in the sandbox, and the management account."""
    keys = assume(server, Credentials("AKIAIOSFODNN7EXAMPLE", "anything"), f"arn:aws:iam::{MANAGEMENT}:role/Any")
    organizations = client(server, "organizations", keys)
    organizations.create_organization(FeatureSet="ALL")
    (top,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=top["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    registered = {}
    for unit, names in {"Workloads": ("orders", "invoices"), "Sandbox": ("play-sandbox",)}.items():
        made = organizations.create_organizational_unit(ParentId=top["Id"], Name=unit)
        registered[unit] = made["OrganizationalUnit"]["Id"]
        for name in names:
            registered[name] = _account(organizations, name, top["Id"], registered[unit])
    theirs = {"111122223333": "orders", "222233334444": "invoices", "ou-ab12-aaaa1111": "Workloads"}
    return Fleet(Profiles(keys, keys), {their: registered[name] for their, name in theirs.items()})


def _account(organizations: Any, name: str, top: str, unit: str) -> str:
    tags = [{"Key": "environment", "Value": "production"}, {"Key": "team", "Value": "sales"}]
    made = organizations.create_account(AccountName=name, Email=f"{name}@example.com", Tags=tags)
    account_id: str = made["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=account_id, SourceParentId=top, DestinationParentId=unit)
    return account_id
