# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The floor: the API calls of restore_role made by a plain script in threads, with no Ansible and no evaluation.

Usage: python -m tests.benchmark.floor ACCOUNTS JOB THREADS
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

from tests.benchmark import fleet
from tests.benchmark.contenders import APPLY
from tests.emulator import cases

_SESSION = boto3.session.Session()
# Making a client in a shared session is not safe in threads; using one is.
_MAKING = threading.Lock()


def _iam(sts: Any, account_id: str) -> Any:
    arn = f"arn:aws:iam::{account_id}:role/{cases.MEMBER_ROLE}"
    temporary = sts.assume_role(RoleArn=arn, RoleSessionName="floor")["Credentials"]
    with _MAKING:
        return _SESSION.client(
            "iam",
            aws_access_key_id=temporary["AccessKeyId"],
            aws_secret_access_key=temporary["SecretAccessKey"],
            aws_session_token=temporary["SessionToken"],
        )


def _read(iam: Any, policy_arn: str) -> tuple[Any, Any]:
    """The trust policy and the permissions."""
    name = {"RoleName": cases.RESTORE_ROLE}
    trust = iam.get_role(**name)["Role"]["AssumeRolePolicyDocument"]
    iam.list_attached_role_policies(**name)
    versions = iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]
    default = next(version["VersionId"] for version in versions if version["IsDefaultVersion"])
    permissions = iam.get_policy_version(PolicyArn=policy_arn, VersionId=default)["PolicyVersion"]["Document"]
    iam.list_role_policies(**name)
    return trust, permissions


def _apply(iam: Any, policy_arn: str) -> None:
    missing = iam.exceptions.NoSuchEntityException
    for look in (
        lambda: iam.get_role(RoleName=cases.RESTORE_ROLE),
        lambda: iam.list_policy_versions(PolicyArn=policy_arn),
    ):
        try:
            look()
        except missing:
            continue
        raise SystemExit(f"{policy_arn} is there already")
    iam.list_policies(Scope="Local", MaxItems=1000)
    iam.create_policy(PolicyName=cases.OWN_POLICY, PolicyDocument=json.dumps(fleet.PERMISSIONS))
    iam.create_role(RoleName=cases.RESTORE_ROLE, AssumeRolePolicyDocument=json.dumps(fleet.TRUST))
    iam.attach_role_policy(RoleName=cases.RESTORE_ROLE, PolicyArn=policy_arn)


def main() -> int:
    accounts, job, threads = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    sts = _SESSION.client("sts")

    def one(number: int) -> bool:
        account_id = fleet.account_id(number)
        policy_arn = f"arn:aws:iam::{account_id}:policy/{cases.OWN_POLICY}"
        iam = _iam(sts, account_id)
        if job == APPLY:
            _apply(iam, policy_arn)
        return _read(iam, policy_arn) == (fleet.TRUST, fleet.PERMISSIONS)

    with ThreadPoolExecutor(threads) as pool:
        return 0 if all(pool.map(one, range(accounts))) else 1


if __name__ == "__main__":
    sys.exit(main())
