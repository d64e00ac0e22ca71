# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Any number of equal accounts on the emulator, in the state that a contender is to start from."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import cases
from tests.emulator.organization import Credentials, Organization, client, root
from tests.emulator.server import Server

TRUST = cases.document(*cases.TRUST)
PERMISSIONS = cases.allow(*cases.ACTIONS)


def account_id(number: int) -> str:
    return f"3{number:011d}"


def build(server: Server, accounts: int, *, converged: bool) -> Organization:
    """Accounts number 0 to ``accounts`` - 1, each with the restore role and its policy if ``converged``."""
    server.reset()
    automation = _automation(server)
    for number in range(accounts):
        iam = client(server, "iam", root(server, account_id(number)))
        _member_role(iam)
        if converged:
            _restore_role(iam)
    return Organization(server, (), automation)


def _automation(server: Server) -> Credentials:
    iam = client(server, "iam", root(server, cases.MANAGEMENT_ACCOUNT))
    iam.create_user(UserName=cases.AUTOMATION_USER)
    allowed = json.dumps(cases.allow("sts:AssumeRole"))
    iam.put_user_policy(UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=allowed)
    key = iam.create_access_key(UserName=cases.AUTOMATION_USER)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _member_role(iam: Any) -> None:
    trust = cases.document(cases.admit({"AWS": f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:root"}))
    iam.create_role(RoleName=cases.MEMBER_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    everything = json.dumps(cases.allow("*"))
    iam.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=everything)


def _restore_role(iam: Any) -> None:
    policy = iam.create_policy(PolicyName=cases.OWN_POLICY, PolicyDocument=json.dumps(PERMISSIONS))["Policy"]["Arn"]
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName=cases.RESTORE_ROLE, PolicyArn=policy)


def restore_roles(server: Server, accounts: int) -> int:
    """How many of the accounts have the restore role with a policy attached."""
    total = 0
    for number in range(accounts):
        iam = client(server, "iam", root(server, account_id(number)))
        names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        if cases.RESTORE_ROLE in names:
            total += len(iam.list_attached_role_policies(RoleName=cases.RESTORE_ROLE)["AttachedPolicies"])
    return total
