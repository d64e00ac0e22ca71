# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An AWX before its first job: accounts, roles, policies and bucket as guide_awx.rst has them, on an AWS that enforces them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.operator_policy import (
    OPERATOR_SPEC,
    operator_policy,
)

from tests import documents
from tests.awx import configuration
from tests.awx.job import Controller
from tests.emulator import cases
from tests.emulator.organization import REGION, Organization, build, client, root
from tests.emulator.recorder import Recording, recorded
from tests.emulator.server import Server

BUCKET = "cloudrestore-reports"
EXTERNAL_ID = "of-the-automation"
MANAGEMENT_ROLE = "CloudrestoreOrganizationReader"
# What the document calls things, and what they are called here.
_NAMES = {
    "CloudrestoreOperator": cases.MEMBER_ROLE,
    "my-cloudrestore-reports": BUCKET,
    "the-external-id-of-both-roles": EXTERNAL_ID,
    "999988887777": cases.MANAGEMENT_ACCOUNT,
    "111122223333:user/awx-cloudrestore": f"{cases.MANAGEMENT_ACCOUNT}:user/{cases.AUTOMATION_USER}",
}
# The emulator asks about a policy that is created as if it had no ARN; AWS goes by the ARN that it gets.
_OF_THE_EMULATOR = {"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": "*"}


def documented(name: str, names: dict[str, str] | None = None) -> Any:
    """A block of guide_awx.rst, with the names that things have here."""
    text = documents.tested(documents.guide("awx"), name)
    for theirs, here in (names if names is not None else _NAMES).items():
        text = text.replace(theirs, here)
    return yaml.safe_load(text)


@dataclass(frozen=True)
class Stage:
    """``recording``: the calls to IAM and STS, and the credentials that were handed out."""

    organization: Organization
    controller: Controller
    recording: Recording

    @property
    def server(self) -> Server:
        return self.organization.server

    @property
    def writes(self) -> dict[str, list[str]]:
        """Account → what was changed there so far, of the accounts where something was."""
        by_case = {account.case: self.recording.writes(account.account_id) for account in self.organization.accounts}
        return {case: calls for case, calls in by_case.items() if calls}

    @property
    def secrets(self) -> set[str]:
        return self.recording.secrets | set(self.organization.automation.secrets)

    def objects(self) -> dict[str, str]:
        """Everything in the bucket."""
        s3 = client(self.server, "s3", root(self.server, cases.MANAGEMENT_ACCOUNT))
        keys = [stored["Key"] for stored in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}

    def fetched(self, url: str) -> Any:
        """The content of an object that an artifact names."""
        return json.loads(self.objects()[url.removeprefix(f"s3://{BUCKET}/")])


@contextlib.contextmanager
def set_up(server: Server, directory: Path, *names: str) -> Iterator[Stage]:
    """The accounts ``names`` of the sample organization, and an AWX that may do in them what the document grants."""
    server.reset()
    accounts = tuple(account for account in cases.ACCOUNTS if account.case in names)
    organization = build(server, accounts)
    owner = root(server, cases.MANAGEMENT_ACCOUNT)
    client(server, "s3", owner).create_bucket(Bucket=BUCKET)
    iam = client(server, "iam", owner)
    iam.put_user_policy(
        UserName=cases.AUTOMATION_USER, PolicyName="assume", PolicyDocument=json.dumps(documented("user.json"))
    )
    iam.create_role(RoleName=MANAGEMENT_ROLE, AssumeRolePolicyDocument=json.dumps(documented("trust.json")))
    iam.put_role_policy(
        RoleName=MANAGEMENT_ROLE, PolicyName="organization", PolicyDocument=json.dumps(documented("management.json"))
    )
    for account in accounts:
        _least(server, account)
    hosts = {account.case: _host(account) for account in accounts}
    yours = {
        "restore_access_name": cases.RESTORE_ROLE,
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
        "restore_access_report_bucket": BUCKET,
    }
    variables = configuration.load(
        cloudrestore_region=REGION,
        cloudrestore_external_id=EXTERNAL_ID,
        cloudrestore_management_role_arn=f"arn:aws:iam::{cases.MANAGEMENT_ACCOUNT}:role/{MANAGEMENT_ROLE}",
        cloudrestore_inventory_variables=yours,
    )
    with recorded(organization) as (through, recording):
        machine = {"AWS_ENDPOINT_URL": through.server.endpoint, "AWS_ENDPOINT_URL_S3": server.endpoint}
        yield Stage(organization, Controller(variables, hosts, organization.automation, machine, directory), recording)


def _least(server: Server, account: cases.Account) -> None:
    """The role of the automation in an account as the document has it; one that refuses goes on refusing."""
    iam = client(server, "iam", root(server, account.account_id))
    if account.trusts_management:
        trust = json.dumps(documented("trust.json"))
        iam.update_assume_role_policy(RoleName=cases.MEMBER_ROLE, PolicyDocument=trust)
    given = ArgumentSpecValidator(OPERATOR_SPEC).validate({"name": cases.RESTORE_ROLE})
    policy = dict(operator_policy(["present", "absent", "rollback"], given.validated_parameters))
    policy["Statement"] = [*policy["Statement"], _OF_THE_EMULATOR]
    iam.put_role_policy(RoleName=cases.MEMBER_ROLE, PolicyName="administrator", PolicyDocument=json.dumps(policy))


def _host(account: cases.Account) -> dict[str, Any]:
    """What the inventory source makes of an account."""
    return {
        "account_id": account.account_id,
        "account_name": account.case,
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "restore_access_assume_role_arn": f"arn:aws:iam::{account.account_id}:role/{cases.MEMBER_ROLE}",
        **account.host_vars,
    }
