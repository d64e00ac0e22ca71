# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A nested organization of 200 accounts as an inventory, on moto behind small pages, throttling and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.emulator import examples, fleet
from tests.emulator.desk import INVENTORY, desk
from tests.emulator.fleet import KEYS, MANAGEMENT, UNITS, Fleet
from tests.emulator.organizations_proxy import Weather
from tests.emulator.server import Server

READER = f"arn:aws:iam::{MANAGEMENT}:role/OrganizationReader"
MEMBER_ROLE = "arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole"
# What it would come to stands in no account ID, which are drawn at random.
HOSTILE = "{{ 'ran as a ' ~ 'template' }}"
# Some hosts are there already when the first of that unit fails.
OWNER_IN_ONE_UNIT = "no_such_variable if ou_path == '/Sandbox-A' else 'nobody'"


@pytest.fixture(scope="module")
def nested(moto: Server) -> Fleet:
    moto.reset()
    return fleet.build(moto)


def _knows_state() -> bool:
    """The lowest botocore that this collection takes drops what it does not know."""
    client = boto3.client("organizations", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return "State" in client.meta.service_model.shape_for("Account").members


def test_every_active_account_becomes_a_host(nested: Fleet, tmp_path: Path):
    """Whatever the pages look like, and without Status, which AWS replaces by State, where this botocore knows that."""
    with desk(tmp_path, nested.server, Weather(page=3, forget_status=_knows_state())) as (here, weather):
        inventory = here.listed(member_role_arn=MEMBER_ROLE)
    assert inventory.account_ids == nested.ids - nested.below("/Suspended") | {MANAGEMENT}
    assert len(inventory.hosts) == 191
    for path in UNITS:
        for account_id in nested.accounts[path] if path != "/Suspended" else ():
            assert inventory.hosts[account_id]["ou_path"] == path
    walked = [asked["ParentId"] for operation, asked in weather.calls if operation == "ListAccountsForParent"]
    assert set(walked) == set(nested.units.values())
    assert "ListTagsForResource" not in weather.operations


def test_pages_of_twenty_take_the_calls_that_are_documented(nested: Fleet, tmp_path: Path):
    """Two for each unit, and one for each further page."""
    with desk(tmp_path, nested.server, Weather(empty_pages=False)) as (here, weather):
        here.listed()
    further = sum((len(ids) - 1) // 20 for ids in nested.accounts.values() if ids)
    assert further == 5
    assert len(weather.calls) == 2 + 2 * len(nested.units) + further


def test_a_host_has_plain_values(nested: Fleet, tmp_path: Path):
    """It works with the playbooks by itself."""
    account_id = nested.accounts["/Workloads/Production/EU/Retail"][7]
    with desk(tmp_path, nested.server) as (here, _weather):
        inventory = here.listed(
            hostname="name", member_role_arn=MEMBER_ROLE, compose={"short": "account_name[:9] ~ '!'"}
        )
    names = ["/", "/Workloads", "/Workloads/Production", "/Workloads/Production/EU", "/Workloads/Production/EU/Retail"]
    assert inventory.hosts["workloads-production-eu-retail-07"] == {
        "account_id": account_id,
        "account_is_management": False,
        "account_name": "workloads-production-eu-retail-07",
        "account_partition": "aws",
        "account_state": "ACTIVE",
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "organization_id": nested.client.describe_organization()["Organization"]["Id"],
        "ou_ids": [nested.units[name] for name in names],
        "ou_path": "/Workloads/Production/EU/Retail",
        "restore_access_assume_role_arn": f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole",
        "short": "workloads!",
    }
    assert "__ansible_unsafe" not in inventory.done.output


def test_groups_follow_the_tree_and_never_stand_for_two_units(nested: Fleet, tmp_path: Path):
    with desk(tmp_path, nested.server) as (here, _weather):
        inventory = here.listed()
    assert inventory.in_group("ou_Workloads") == nested.below("/Workloads")
    assert inventory.in_group("ou_Workloads_Production_EU") == nested.below("/Workloads/Production/EU")
    assert inventory.in_group("ou_Workloads_Staging_EU_Retail") == nested.below("/Workloads/Staging/EU/Retail")
    assert inventory.in_group("state_active") == set(inventory.hosts)
    for path in ("/Sandbox A", "/Sandbox-A"):
        assert inventory.in_group("ou_Sandbox_A_" + nested.units[path].replace("-", "_")) == nested.below(path)
    assert "ou_Sandbox_A" not in inventory.content


def test_filters_and_groups_of_ones_own(nested: Fleet, tmp_path: Path):
    with desk(tmp_path, nested.server) as (here, weather):
        inventory = here.listed(
            include_ous=["/Workloads/Production", nested.units["/Suspended"]],
            exclude_ous=["/Workloads/Production/EU/Retail"],
            include_tags={"number": ["1?", "7"]},
            states=["ACTIVE", "SUSPENDED"],
            hostname="{{ account_name | upper }}.{{ account_id }}",
            group_by=["state", "tags"],
            keyed_groups=[{"key": "account_tags.stage", "prefix": "stage"}],
            groups={"teens": "account_tags.number | int > 9"},
            compose={"number": "account_tags.number | int"},
        )
    paths = ("/Workloads/Production", "/Workloads/Production/EU", "/Workloads/Production/US", "/Suspended")
    numbers = [7, *range(10, 20)]
    meant = {
        path: [account for number, account in enumerate(nested.accounts[path]) if number in numbers] for path in paths
    }
    assert inventory.account_ids == {account_id for ids in meant.values() for account_id in ids}
    assert f"WORKLOADS-PRODUCTION-EU-07.{nested.accounts['/Workloads/Production/EU'][7]}" in inventory.hosts
    assert len(inventory.in_group("teens")) == 30
    assert inventory.in_group("stage_us") == inventory.in_group("tag_stage_us")
    assert len(inventory.in_group("tag_number_7")) == 4
    assert inventory.in_group("state_suspended") == inventory.in_group("stage_suspended")
    # A number only from ansible-core 2.19 on.
    assert {int(host["number"]) for host in inventory.hosts.values()} == set(numbers)
    asked = {asked["ResourceId"] for operation, asked in weather.calls if operation == "ListTagsForResource"}
    assert asked == {account for path in paths for account in nested.accounts[path]}


def test_the_cache_saves_every_call_and_holds_no_credentials(nested: Fleet, tmp_path: Path):
    options = {
        "assume_role_arn": READER,
        "assume_role_external_id": "an-external-id",
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    with desk(tmp_path, nested.server) as (here, weather):
        first = here.listed(**options)
        (assumed,) = [asked for operation, asked in weather.calls if operation == "sts:AssumeRole"]
        assert (assumed["RoleArn"], assumed["ExternalId"]) == (READER, "an-external-id")
        weather.calls.clear()
        assert here.listed(**options).content == first.content
        # Another question to the same answers.
        assert here.listed(**options, include_ous=["/Sandbox-A"]).account_ids == nested.below("/Sandbox-A")
        assert weather.calls == []
        kept = "".join(path.read_text() for path in (tmp_path / "cache").iterdir())
        # ansible-inventory has that option from ansible-core 2.19 on only.
        (tmp_path / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False}]))
        here.run("ansible-playbook", "-i", INVENTORY, "--flush-cache", "--list-hosts", "play.json")
        assert "ListAccountsForParent" in weather.operations
    assert nested.accounts["/"][0] in kept
    for secret in ("@example.com", "an-external-id", *KEYS.values(), "AccessKeyId", "SessionToken"):
        assert secret not in kept


def test_throttling_is_sat_out(nested: Fleet, tmp_path: Path):
    throttled = {"ListRoots": 1, "ListAccountsForParent": 3, "ListOrganizationalUnitsForParent": 2}
    with desk(tmp_path, nested.server, Weather(throttled=dict(throttled))) as (here, weather):
        inventory = here.listed()
    assert len(inventory.hosts) == 191
    assert weather.refused == ["TooManyRequestsException"] * sum(throttled.values())


def refuse_one(nested: Fleet) -> Weather:
    """A day on which one unit in the middle of the organization cannot be listed."""
    denied = nested.units["/Workloads/Production/US"]

    def refuse(operation: str, asked: dict[str, Any]) -> str | None:
        mine = operation == "ListAccountsForParent" and asked["ParentId"] == denied
        return "AccessDeniedException" if mine else None

    return Weather(refuse=refuse)


def test_a_part_that_cannot_be_read_is_an_error(nested: Fleet, tmp_path: Path):
    """Never a short inventory."""
    with desk(tmp_path, nested.server, refuse_one(nested)) as (here, _weather):
        here.write(cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(tmp_path / "cache"))
        inventory = here.list()
        (tmp_path / "static.ini").write_text("orders account_id=111122223333\n")
        beside = here.run("ansible-inventory", "-i", "static.ini", "-i", INVENTORY, "--list")
        strict = here.list(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
    assert inventory.hosts == {}
    assert set(json.loads(beside.output)["_meta"]["hostvars"]) == {"orders"}
    for words in (
        f"organizations:ListAccountsForParent on {nested.units['/Workloads/Production/US']} was refused",
        f"management account ({MANAGEMENT})",
        "grant it organizations:ListAccountsForParent",
    ):
        assert words in inventory.done.errors
    assert "Traceback" not in inventory.done.errors
    assert strict.done.returncode != 0
    assert not (tmp_path / "cache").exists() or list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"compose": {"owner": OWNER_IN_ONE_UNIT}, "strict": True}, "Could not set owner for host"),
        ({"member_role_arn": "{{ no_such_variable }}"}, "member_role_arn cannot be evaluated for account"),
        ({"member_role_arn": f"arn:aws:iam::{MANAGEMENT}:role/x"}, "must be the ARN of a role in that account"),
        ({"hostname": "{{ no_such_variable }}"}, "hostname cannot be evaluated for account"),
        ({"include_ous": ["/Workload"]}, "Did you mean /Workloads"),
        ({"include_account_ids": ["000000000000"]}, "no such account"),
        ({"states": ["CLOSING"]}, "states contains 'CLOSING'"),
        ({"assume_role_arn": "arn:aws:iam::555566667777:role/Reader"}, "the account belongs to no organization"),
    ],
)
def test_a_mistake_is_one_clear_message_and_no_host(nested: Fleet, tmp_path: Path, options: dict[str, Any], words: str):
    with desk(tmp_path, nested.server) as (here, _weather):
        here.write(**options)
        inventory = here.list()
    assert inventory.hosts == {}
    assert words in inventory.done.errors
    assert "Traceback" not in inventory.done.errors


def test_text_from_aws_is_never_run_as_a_template(nested: Fleet, tmp_path: Path):
    account_id = nested.accounts["/Sandbox-A"][0]
    tags = [{"Key": "note", "Value": HOSTILE}]
    nested.client.tag_resource(ResourceId=account_id, Tags=tags)
    book = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"var": "account_tags.note"}}]}]
    (tmp_path / "book.json").write_text(json.dumps(book))
    with desk(tmp_path, nested.server) as (here, _weather):
        inventory = here.listed(include_account_ids=[account_id], tags=True)
        done = here.run("ansible-playbook", "-i", INVENTORY, "book.json")
    nested.client.untag_resource(ResourceId=account_id, TagKeys=["note"])
    # Only here does Ansible have to mark it, lest whoever reads the export runs it.
    assert inventory.hosts[account_id]["account_tags"]["note"] == {"__ansible_unsafe": HOSTILE}
    assert done.returncode == 0, done.output
    assert HOSTILE in done.output
    assert "ran as a template" not in done.output


def test_the_drift_report_runs_on_the_inventory_as_it_is(nested: Fleet, tmp_path: Path):
    two = {nested.accounts["/Workloads/Staging"][0], nested.accounts["/Sandbox A"][0]}
    with desk(tmp_path, nested.server) as (here, weather):
        here.write(member_role_arn=MEMBER_ROLE, hostname="name", include_account_ids=sorted(two))
        done = here.run(
            "ansible-playbook",
            "-i",
            INVENTORY,
            *("-e", "restore_access_name=VeeamDynamoDBRestore"),
            *("-e", json.dumps({"restore_access_appliance_principals": ["444455556666"]})),
            "cloudrestore.aws.drift_report",
        )
    assert done.returncode == 0, done.output
    (report,) = (tmp_path / "reports").glob("drift_report-*.json")
    accounts = json.loads(report.read_text())["accounts"]
    assert {account["account_id"]: account["status"] for account in accounts} == dict.fromkeys(two, "drifted")
    assumed = {asked["RoleArn"].split(":")[4] for operation, asked in weather.calls if operation == "sts:AssumeRole"}
    assert assumed == two


def test_every_option_of_the_examples_exists(tmp_path: Path, nested: Fleet):
    with desk(tmp_path, nested.server) as (here, _weather):
        done = here.run("ansible-doc", "-t", "inventory", "-j", "cloudrestore.aws.organization_accounts")
        module = here.run("ansible-doc", "cloudrestore.aws.organization_policies_info")
    described = json.loads(done.output)["cloudrestore.aws.organization_accounts"]
    files = [yaml.safe_load(text) for text in examples.inventories(described["examples"])]
    assert len(files) == 2
    for example in files:
        assert set(example) <= set(described["doc"]["options"])
    assert module.returncode == 0
    assert "account_ids" in module.output
