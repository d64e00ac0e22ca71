# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of a nested organization, read by the module and judged: a policy at each level changes the verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import ask, verdicts

from tests.emulator import fleet, playbook
from tests.emulator.desk import Desk, desk
from tests.emulator.fleet import MANAGEMENT, Fleet
from tests.emulator.organizations_proxy import Weather
from tests.emulator.server import Server

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
RETAIL = "/Workloads/Production/EU/Retail"
STAGING = "/Workloads/Staging/EU/Retail"
ALLOW_ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
DELETE, RESTORE, GRANT, DECRYPT = (
    "dynamodb:DeleteTable",
    "backup:StartRestoreJob",
    "kms:CreateGrant",
    "kms:Decrypt",
)


def deny(action: str, **more: str) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": "*", **more}


@pytest.fixture(scope="module")
def guarded(moto: Server) -> Fleet:
    """An SCP at the root, at a unit and at an account, an RCP at a unit, and a unit that allows one service only."""
    moto.reset()
    organization = fleet.build(moto)
    organization.policy(SCP, "no-deletes", deny(DELETE), organization.units["/"])
    organization.policy(SCP, "no-restores", deny(RESTORE), organization.units["/Workloads/Production"])
    organization.policy(SCP, "no-grants", deny(GRANT), organization.accounts[RETAIL][0])
    organization.policy(RCP, "no-decryption", deny(DECRYPT, Principal="*"), organization.units["/Workloads/Staging"])
    ec2_only = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    organization.policy(SCP, "ec2-only", ec2_only, organization.units["/Sandbox-A"])
    organization.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=organization.units["/Sandbox-A"])
    return organization


def play(here: Desk, tasks: list[dict[str, Any]], content: str, *arguments: str) -> Any:
    """Run the tasks on localhost, and return the JSON that the template ``content`` comes to at the end."""
    write = playbook.written(content, here.directory / "found.json")
    book = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [*tasks, write]}]
    (here.directory / "book.json").write_text(json.dumps(book))
    python = "ansible_python_interpreter={{ ansible_playbook_python }}"
    done = here.run("ansible-playbook", "-i", "localhost,", "-e", python, *arguments, "book.json")
    assert done.returncode == 0, done.output
    return json.loads((here.directory / "found.json").read_text())


def read(here: Desk, of: list[str], *arguments: str, **options: Any) -> tuple[dict[str, Any], Any]:
    """The module's result, and what the filter makes of it for each account."""
    picked = "result.organization_policies | cloudrestore.aws.account_policies(item)"
    tasks: list[dict[str, Any]] = [
        {"cloudrestore.aws.organization_policies_info": options, "register": "result"},
        {
            "ansible.builtin.set_fact": {"found": "{{ found | default({}) | combine({item: policies}) }}"},
            "vars": {"policies": f"{{{{ {picked} }}}}"},
            "loop": of,
        },
    ]
    result, policies = play(here, tasks, "{{ [result, found] | to_json }}", *arguments)
    return result, policies


def judged(policies: dict[str, Any]) -> dict[str, str]:
    """Action → verdict, for somebody whose own policies allow everything."""
    scps, rcps = policies["service_control_policies"], policies["resource_control_policies"]
    levels = scps and [[policy["document"] for policy in level] for level in scps]
    resource = rcps and [policy["document"] for policy in rcps]
    return {
        action: ask.may(action, "*", identity=[ALLOW_ALL], scps=levels, rcps=resource).verdict
        for action in (DELETE, RESTORE, GRANT, DECRYPT)
    }


def expected(*denied: str, otherwise: str = verdicts.ALLOWED) -> dict[str, str]:
    return dict.fromkeys((DELETE, RESTORE, GRANT, DECRYPT), otherwise) | dict.fromkeys(denied, verdicts.EXPLICIT_DENY)


def cases(guarded: Fleet) -> dict[str, dict[str, str]]:
    accounts = guarded.accounts
    return {
        MANAGEMENT: expected(),
        accounts["/"][0]: expected(DELETE),
        accounts["/Workloads"][0]: expected(DELETE),
        accounts["/Workloads/Production"][0]: expected(DELETE, RESTORE),
        accounts[RETAIL][0]: expected(DELETE, RESTORE, GRANT),
        accounts[RETAIL][1]: expected(DELETE, RESTORE),
        accounts[STAGING][0]: expected(DELETE, DECRYPT),
        accounts["/Sandbox A"][0]: expected(DELETE),
        accounts["/Sandbox-A"][0]: expected(DELETE, otherwise=verdicts.IMPLICIT_DENY),
    }


def test_a_policy_changes_the_verdicts_where_it_is_attached(guarded: Fleet, tmp_path: Path):
    """At the root, a unit and an account."""
    wanted = cases(guarded)
    weather = Weather(page=3, throttled={"ListTargetsForPolicy": 2})
    with desk(tmp_path, guarded.server, weather) as (here, _weather):
        result, by_account = read(here, list(wanted), "--check")
    assert {account_id: judged(policies) for account_id, policies in by_account.items()} == wanted
    assert result["changed"] is False
    # The root, four units, and the account.
    levels = by_account[guarded.accounts[RETAIL][0]]
    assert len(levels["service_control_policies"]) == 6
    described = [asked["PolicyId"] for operation, asked in weather.calls if operation == "DescribePolicy"]
    assert len(described) == len(set(described)) == 7


def test_some_accounts_get_the_same_as_from_the_whole(guarded: Fleet, tmp_path: Path):
    """As from the whole organization."""
    asked = [guarded.accounts[RETAIL][0], guarded.accounts[STAGING][0]]
    with desk(tmp_path, guarded.server, Weather(empty_pages=False)) as (here, weather):
        _result, whole = read(here, asked)
        weather.calls.clear()
        result, some = read(here, asked, account_ids=asked)
    assert some == whole
    on_the_way = {"/", "/Workloads", "/Workloads/Production", "/Workloads/Production/EU", RETAIL}
    on_the_way |= {"/Workloads/Staging", "/Workloads/Staging/EU", STAGING}
    assert set(result["organization_policies"]["targets"]) == {guarded.units[unit] for unit in on_the_way} | set(asked)
    policies = len(result["organization_policies"]["policies"])
    assert len(weather.calls) == 2 + 4 * (len(on_the_way) - 1 + len(asked)) + 2 + policies


MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    ({"account_ids": ["000000000000"]}, ["account_ids contains 000000000000", "no such account"]),
    ({"account_ids": ["1234"]}, ["account_ids contains '1234'", "in quotes"]),
    ({"assume_role_arn": "arn:aws:iam::555566667777:role/Reader"}, ["the account belongs to no organization"]),
    ({"assume_role_arn": "Reader"}, ["assume_role_arn", "arn:aws:iam::ACCOUNT:role/NAME"]),
]
REFUSED: list[tuple[str, list[str]]] = [
    ("ListTargetsForPolicy", [f"management account ({MANAGEMENT})", "grant it organizations:ListTargetsForPolicy"]),
    ("DescribePolicy", ["organizations:DescribePolicy on p-", "was refused"]),
]


def fail(here: Desk, *options: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of the module with each of these options."""
    tasks: list[dict[str, Any]] = [
        {"cloudrestore.aws.organization_policies_info": option, "register": f"r{number}", "ignore_errors": True}
        for number, option in enumerate(options)
    ]
    results = ", ".join(f"r{number}" for number in range(len(options)))
    return play(here, tasks, f"{{{{ [{results}] | to_json }}}}")


def test_a_mistake_is_an_error_that_says_what_to_do(guarded: Fleet, tmp_path: Path):
    with desk(tmp_path, guarded.server) as (here, _weather):
        results = fail(here, *(options for options, _words in MISTAKES))
    for result, (_options, words) in zip(results, MISTAKES, strict=True):
        assert result["failed"]
        for word in words:
            assert word in result["msg"]


@pytest.mark.parametrize(("operation", "words"), REFUSED)
def test_what_cannot_be_read_in_full_is_not_returned_in_part(
    guarded: Fleet, tmp_path: Path, operation: str, words: list[str]
):
    refusing = Weather(refuse=lambda asked, _arguments: "AccessDeniedException" if asked == operation else None)
    with desk(tmp_path, guarded.server, refusing) as (here, _weather):
        (result,) = fail(here, {})
    assert result["failed"]
    assert "organization_policies" not in result
    for word in words:
        assert word in result["msg"]
