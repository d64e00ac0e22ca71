# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scenarios of test_parity: plays, in which each task that counts registers its result as ``s_NAME``."""

from __future__ import annotations

from typing import Any

from tests.conftest import SOAK
from tests.emulator import cases
from tests.emulator.organization import Organization

Task = dict[str, Any]
FEW = 4
MODULE = "cloudrestore.aws."
SECRETS = ("parity-secret-key-of-one-task", "parity-session-token-of-one-task")
CENSORED_NAME = "NameThatNoLogHides"
NO_ORGANIZATION = {"service_control_policies": None, "resource_control_policies": None}


def task(name: str, module: str, options: dict[str, Any], **keywords: Any) -> Task:
    return {MODULE + module: options, "register": f"s_{name.replace('-', '_')}", "ignore_errors": True, **keywords}


def options(account: cases.Account, **more: Any) -> dict[str, Any]:
    principal = account.principal or cases.Principal()
    given: dict[str, Any] = {
        "name": principal.name,
        "principal_type": principal.kind,
        "account_id": account.account_id,
        "assume_role_arn": f"arn:aws:iam::{account.account_id}:role/{cases.MEMBER_ROLE}",
        "appliance_principals": [cases.APPLIANCE_ARN],
        "appliance_external_id": cases.EXTERNAL_ID,
    }
    return given | more


def _of_each_account(organization: Organization) -> list[Task]:
    """In every other account a check and a verification, in those between them a change, verified by what was read back.

    `make test` takes the first accounts of the organization, and `make soak` every one.
    """
    tasks = []
    for number, account in enumerate(organization.accounts if SOAK else organization.accounts[:FEW]):
        given, name = options(account), account.case
        observed = {"observed": f"{{{{ s_{name.replace('-', '_')}_apply.observed | default(none) }}}}"}
        reading = [
            task(f"{name}-check", "restore_role", given, check_mode=True, diff=True),
            task(f"{name}-verify", "restore_role_verify", given | {"method": "both"}),
        ]
        writing = [
            task(f"{name}-apply", "restore_role", given | {"tags": {"team": "backup", 1: 2}}),
            task(f"{name}-verified", "restore_role_verify", given | observed),
        ]
        tasks += writing if number % 2 else reading
    return tasks


def _further(organization: Organization) -> list[Task]:
    """Options of which there is one case each."""
    of = organization.account
    return [
        task("exact-check", "restore_role", options(of("wildcard"), match="exact"), check_mode=True),
        task("inline", "restore_role", options(of("wildcard"), match="exact", policy_type="inline", wait=False)),
        task("absent-check", "restore_role", options(of("no-role"), state="absent"), check_mode=True, diff=True),
        task("absent", "restore_role", options(of("no-role"), state="absent")),
        task("absent-user", "restore_role", options(of("iam-user"), state="absent")),
        task("elsewhere", "restore_role", options(of("with-path"), path="/elsewhere/")),
        task(
            "appliance",
            "principal_policies_info",
            {
                "name": cases.APPLIANCE_ROLE,
                "assume_role_arn": f"arn:aws:iam::{cases.APPLIANCE_ACCOUNT}:role/{cases.MEMBER_ROLE}",
            },
        ),
        task(
            "everything-given",
            "restore_role_verify",
            options(
                of("compliant"),
                organization_policies=NO_ORGANIZATION,
                appliance_policies=["{{ s_appliance.principal_policies }}"],
                tables=["orders"],
                regions=["us-east-1"],
                fail_on_drift=False,
            ),
        ),
    ]


def _amiss(organization: Organization) -> list[Task]:
    """What the options themselves are wrong in: Ansible's words, amazon.aws's, and our own."""
    given = options(organization.account("compliant"))
    unnamed = {key: value for key, value in given.items() if key != "name"}
    keys = {"access_key": "AKIAPARITYPARITY0000", "secret_key": SECRETS[0], "session_token": SECRETS[1]}
    # Each of these runs as a module in any case.
    by_the_module = [
        ("no-name", unnamed),
        ("both-names", given | {"role_name": "other"}),
        ("aws-alias", given | {"aws_region": "eu-west-1"}),
        ("choice", given | {"match": "roughly"}),
        ("type", given | {"max_session_duration": "long"}),
        ("unknown", given | {"appliance_externalid": "x"}),
        ("keys-and-profile", given | keys | {"profile": "some"}),
        ("client-config", given | {"aws_config": {"no_such_setting": 1}}),
        ("endpoint-logs", given | {"debug_botocore_endpoint_logs": True}),
    ]
    by_the_worker = [
        ("alias", unnamed | {"role_name": cases.RESTORE_ROLE}),
        ("spaces", given | {"name": "no spaces"}),
        ("arn", given | {"assume_role_arn": "role"}),
        ("keys", given | keys),
        ("keys-in-the-name", given | keys | {"name": SECRETS[0]}),
        ("half-the-keys", given | {"access_key": "AKIAPARITYPARITY0000", "secret_key": ""}),
        ("no-endpoint", given | {"endpoint_url": "http://127.0.0.1:9"}),
        ("not-an-endpoint", given | {"endpoint_url": "nowhere"}),
        ("client-config-right", given | {"aws_config": {"retries": {"max_attempts": 2}}}),
        ("other-account", given | {"account_id": "999999999999"}),
        ("numbers", given | {"account_id": 12, "max_session_duration": "3600"}),
        ("strings", given | {"purge_tags": "yes", "wait_timeout": "7", "appliance_principals": cases.APPLIANCE_ARN}),
        ("observed", given | {"state": "present"}),
    ]
    assert sum(_is_tried(name) for name, _options in by_the_module) == LEFT_TO_THE_MODULE
    tried = [(name, options) for name, options in (*by_the_module, *by_the_worker) if _is_tried(name)]
    return [task(name, "restore_role", options, check_mode=True) for name, options in tried]


# More of a kind that `make test` tries once.
_MORE = frozenset(
    {
        "both-names",
        "aws-alias",
        "choice",
        "client-config",
        "endpoint-logs",
        "spaces",
        "keys",
        "half-the-keys",
        "not-an-endpoint",
        "client-config-right",
        "observed",
    }
)
LEFT_TO_THE_MODULE = 9 if SOAK else 4


def _is_tried(name: str) -> bool:
    return SOAK or name not in _MORE


def _keywords(organization: Organization) -> list[Task]:
    compliant, drifted = (options(organization.account(case)) for case in ("compliant", "three-missing"))
    in_a_loop = drifted | {"policy_name": "{{ item }}", "match": "exact"}
    accounts = [organization.account(case).account_id for case in ("compliant", "explicit-deny")]
    member = drifted | {
        "account_id": "{{ item }}",
        "assume_role_arn": f"arn:aws:iam::{{{{ item }}}}:role/{cases.MEMBER_ROLE}",
    }
    return [
        task("loop", "restore_role", member, loop=accounts, check_mode=True),
        task("mixed-loop", "restore_role", in_a_loop, loop=["one", "two", "three"], check_mode="{{ item != 'one' }}"),
        task("hidden", "restore_role", compliant | {"description": CENSORED_NAME}, no_log=True, check_mode=True),
        task("hidden-loop", "restore_role", in_a_loop, loop=[CENSORED_NAME], no_log=True, check_mode=True),
        task("until", "restore_role", drifted, until="r is failed", retries=1, delay=0, check_mode=True),
        task("failed-when", "restore_role", drifted, failed_when=True, changed_when=False, check_mode=True),
        task("not-a-task", "restore_role", drifted, when=False),
        {"block": [task("block", "restore_role", drifted | {"match": "exact"})], "check_mode": True, "diff": True},
        {"block": [task("block-off", "restore_role", compliant, check_mode=False)], "check_mode": True},
        task("limited", "restore_role", compliant, timeout=60),
    ]


def plays(organization: Organization) -> list[dict[str, Any]]:
    here: dict[str, Any] = {"hosts": "localhost", "gather_facts": False}
    # Some are enough for what a play does with its hosts: each account has its own tasks above.
    fleet: dict[str, Any] = {"hosts": f"restore_accounts[0:{3 if SOAK else 1}]", "gather_facts": False}
    exact = options(organization.account("wildcard"), match="exact")
    of_the_host = {
        "name": "{{ restore_access_name }}",
        "assume_role_arn": "{{ restore_access_assume_role_arn }}",
        "appliance_principals": "{{ restore_access_appliance_principals }}",
        "principal_type": "{{ restore_access_principal_type | default(omit) }}",
        "path": "{{ no_such_variable | default(omit) }}",
    }
    defaults = {"group/cloudrestore.aws.aws": {"endpoint_url": "http://127.0.0.1:9"}}
    exact_by_default = {MODULE + "restore_role": {"match": "exact", "policy_name": "ByDefault"}}
    tasks = _of_each_account(organization) + _further(organization) + _amiss(organization) + _keywords(organization)
    return [
        here | {"tasks": tasks},
        here | {"tasks": [task("play", "restore_role", exact)], "check_mode": True, "diff": True},
        here | {"tasks": [task("group_default", "restore_role", exact)], "module_defaults": defaults},
        here
        | {
            "tasks": [task("module_default", "restore_role", options(organization.account("compliant")))],
            "module_defaults": exact_by_default,
        },
        fleet | {"strategy": "free", "tasks": [task("free", "restore_role", of_the_host)]},
        fleet
        | {
            "tasks": [
                task(
                    "delegated",
                    "restore_role_verify",
                    of_the_host,
                    delegate_to="localhost",
                    when="account_id[-1] == '1'",
                ),
                task("once", "restore_role", exact, run_once=True, check_mode=True),
                task("once_delegated", "restore_role", exact, run_once=True, delegate_to="localhost"),
            ]
        },
    ]


def one(organization: Organization) -> list[dict[str, Any]]:
    given = options(organization.account("no-backup-trust"))
    return [
        {"hosts": "localhost", "gather_facts": False, "tasks": [task("one", "restore_role", given, check_mode=True)]}
    ]


def profiles(organization: Organization, names: list[str]) -> list[dict[str, Any]]:
    given = options(organization.account("compliant"), profile="{{ item }}")
    looped = task("profiles", "restore_role", given, loop=names, check_mode=True)
    return [{"hosts": "localhost", "gather_facts": False, "tasks": [looped]}]


def of_a_module_only(organization: Organization) -> list[dict[str, Any]]:
    given = options(organization.account("no-backup-trust"))
    detached = task("async", "restore_role", given | {"match": "exact"}, **{"async": 60, "poll": 1})
    # Whether there is a sudo here does not matter.
    as_another = task("become", "restore_role", given, become=True, check_mode=True)
    return [{"hosts": "localhost", "gather_facts": False, "tasks": [detached, as_another]}]
