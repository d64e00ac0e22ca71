# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts of an organization that are called after groups, other accounts, files and patterns, as Ansible's commands see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import fleet
from tests.emulator.desk import INVENTORY, Desk, desk
from tests.emulator.fleet import Fleet
from tests.emulator.server import Server

SANDBOX = "/Sandbox A"
PRODUCTION = ("orders", "payments")
# Each is one account's name, in Sandbox.
HOSTILE = (
    *(
        "ou_Production",
        "all",
        "ungrouped",
        "localhost",
        "127.0.0.1",
        "orders all",
        "Prod Data",
        "!orders",
        "~.*",
        "*",
        "orders,all",
    ),
    *(
        "@/etc/hostname",
        "-e",
        "../group_vars/ou_Production",
        "orders.yml",
        "$(id)",
        "production",
        "stage_production",
        "999988887777",
    ),
)
# Only what a shell could run, and what is in nobody's way here.
UNCHANGED = {"$(id)", "production", "stage_production"}
# A name of an account, of a unit and of a group, and a tag. What it would come to stands nowhere else.
TEMPLATE = "{{'ran-it'.upper()}}"
RAN = "RAN-IT"
USES = {
    "of_the_play": "{{ account_name }}",
    "text": "{{ account_name }} {{ account_tags.note }} {{ made }} {{ ou_path }} {{ group_names }} {{ inventory_hostname }}",
    "host": "{{ hostvars[inventory_hostname].account_tags }} {{ hostvars[inventory_hostname]['made'] }} {{ groups }}",
    "list": "{{ [account_name, account_tags.note, made] }}",
}
PLAY_OF_TEMPLATES = [
    {
        "hosts": "all",
        "gather_facts": False,
        "vars": USES,
        "tasks": [
            {"ansible.builtin.set_fact": {"fact": "{{ account_tags.note }}", "all_of_it": "{{ account_tags }}"}},
            *(
                {"ansible.builtin.debug": {"var": name}}
                for name in (*USES, "fact", "all_of_it", "account_tags", "made")
            ),
            {
                "ansible.builtin.debug": {"msg": "{{ of_the_play }} {{ all_of_it.note }} {{ item }}"},
                "loop": "{{ list }}",
            },
        ],
    }
]
PLAY = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.debug": {"msg": "{{ account_id }}={{ secret | default('none') }}"}}],
    }
]


@pytest.fixture(scope="module")
def small(moto: Server) -> Fleet:
    """Production and Sandbox below the root, the latter with what its owner likes to call it."""
    moto.reset()
    made = Fleet(moto, fleet.organizations(moto.endpoint))
    made.client.create_organization(FeatureSet="ALL")
    made.units["/"] = made.client.list_roots()["Roots"][0]["Id"]
    for name, accounts in (
        ("Production", PRODUCTION),
        ("Sandbox", (*HOSTILE, "twice", "twice")),
        (TEMPLATE, (TEMPLATE,)),
    ):
        unit = made.client.create_organizational_unit(ParentId=made.units["/"], Name=name)["OrganizationalUnit"]["Id"]
        made.units[f"/{name}"], made.accounts[f"/{name}"] = unit, []
        for number, account in enumerate(accounts):
            stage = "production" if name == "Production" else "orders" if account == "Prod Data" else "test"
            status = made.client.create_account(
                AccountName=account, Email=f"{name}-{number}@example.com", Tags=[{"Key": "stage", "Value": stage}]
            )["CreateAccountStatus"]
            made.client.move_account(
                AccountId=status["AccountId"], SourceParentId=made.units["/"], DestinationParentId=unit
            )
            made.accounts[f"/{name}"].append(status["AccountId"])
    return made


def with_variables(directory: Path) -> None:
    for path, secret in (
        ("group_vars/ou_Production.yml", "of Production"),
        ("group_vars/ou_Sandbox.yml", "of Sandbox"),
        ("host_vars/orders.yml", "of orders"),
    ):
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_text(json.dumps({"secret": secret}))
    (directory / "play.json").write_text(json.dumps(PLAY))


def secrets(here: Desk, *arguments: str) -> dict[str, str]:
    """Account ID → what a play sees of the variables, without the management account."""
    done = here.run(
        "ansible-playbook", "-i", INVENTORY, "play.json", *arguments, ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline"
    )
    assert done.returncode == 0, done.output + done.errors
    return dict(line.split('"')[-2].split("=") for line in done.output.splitlines() if '"msg": "' in line)


def options(small: Fleet, **more: Any) -> dict[str, Any]:
    return {"hostname": "name", "include_ous": ["/Production", "/Sandbox"], **more}


def test_no_name_reaches_the_hosts_groups_or_variables_of_others(small: Fleet, tmp_path: Path):
    production, sandbox = (small.accounts[path] for path in ("/Production", "/Sandbox"))
    with_variables(tmp_path)
    with desk(tmp_path, small.server) as (here, _weather):
        here.write(**options(small))
        listed = here.list()
        assert listed.in_group("ou_Production") == set(PRODUCTION)
        by_id = {account for account, name in zip(sandbox, (*HOSTILE, "", ""), strict=True) if name not in UNCHANGED}
        assert listed.in_group("ou_Sandbox") == by_id | UNCHANGED
        assert secrets(here) == {
            production[0]: "of orders",
            production[1]: "of Production",
            **dict.fromkeys(sandbox, "of Sandbox"),
        }
        assert secrets(here, "--limit", "ou_Sandbox").keys() == set(sandbox)
        assert secrets(here, "--limit", "ou_Production").keys() == set(production)
        for host in (*PRODUCTION, *sorted(by_id)[:2], *UNCHANGED):
            assert secrets(here, f"--limit={host}").keys() == {listed.hosts[host]["account_id"]}
        graph = here.run("ansible-inventory", "-i", INVENTORY, "--graph")
    assert graph.output.count("@ou_Production") == 1
    for words in (
        f"hostname evaluates to 'ou_Production' for account {sandbox[0]}, but there is a group of that name",
        f"hostname evaluates to 'twice' for the accounts {' and '.join(sorted(sandbox[-2:]))}",
        "Rename the account, or set hostname to id or to a template that holds account_id.",
    ):
        assert words in listed.done.errors
    assert "Found both group and host with same name" not in listed.done.errors


def test_groups_that_templates_make_of_tags_reach_nobody_either(small: Fleet, tmp_path: Path):
    """Without a prefix: one account is tagged with the name of another, and one is called as such a group."""
    grouped = options(small, keyed_groups=[{"key": "account_tags.stage", "prefix": "", "separator": ""}], tags=True)
    with desk(tmp_path, small.server) as (here, _weather):
        here.write(**grouped, groups={"stage_production": "account_tags.stage == 'production'"})
        listed = here.list()
    ids = {name: account_id for account_id, name in zip(small.accounts["/Sandbox"], HOSTILE, strict=False)}
    assert listed.in_group("production") == {small.accounts["/Production"][0], "payments"}
    assert listed.in_group("stage_production") == listed.in_group("production") == listed.in_group("ou_Production")
    assert listed.in_group("orders") == {ids["Prod Data"]}
    assert {ids["production"], ids["stage_production"]} <= listed.in_group("ou_Sandbox")


def test_a_tag_takes_no_accounts_id_and_no_path_for_a_group(small: Fleet, tmp_path: Path):
    victim, other = small.accounts["/Production"]
    tree = [{"key": "account_tags.stage", "prefix": "", "separator": "", "parent_group": "{{ account_tags.above }}"}]
    for values in (
        {"stage": victim, "above": "none"},
        {"stage": "all", "above": "ou_Sandbox"},
        {"stage": "../x", "above": "up"},
    ):
        tags = [{"Key": key, "Value": value} for key, value in values.items()]
        small.client.tag_resource(ResourceId=other, Tags=tags)
        with desk(tmp_path, small.server) as (here, _weather):
            here.write(include_ous=["/Production"], tags=True, keyed_groups=tree)
            listed = here.list()
        assert listed.in_group("ou_Production") == {victim, other}
        assert "../x" not in listed.content
        assert listed.done.returncode == 0
    small.client.tag_resource(ResourceId=other, Tags=[{"Key": "stage", "Value": "production"}])
    small.client.untag_resource(ResourceId=other, TagKeys=["above"])


def test_a_host_of_another_source_is_nobodys_but_its_own_accounts(small: Fleet, tmp_path: Path):
    orders, payments = small.accounts["/Production"]
    (tmp_path / "a.ini").write_text(f"orders\npayments account_id={payments}\n[production]\nbastion\n")
    with desk(tmp_path, small.server) as (here, _weather):
        here.write(**options(small))
        done = here.run("ansible-inventory", "-i", "a.ini", "-i", INVENTORY, "--list")
    hostvars = json.loads(done.output)["_meta"]["hostvars"]
    assert "account_id" not in hostvars.get("orders", {})
    assert hostvars[orders]["account_name"] == "orders"
    assert hostvars["payments"]["account_name"] == "payments"
    assert json.loads(done.output)["production"]["hosts"] == ["bastion"]
    assert "has no account_id to show that it is the same" in done.errors


def test_the_cached_inventory_has_the_same_names(small: Fleet, tmp_path: Path):
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    with desk(tmp_path, small.server) as (here, weather):
        here.write(**options(small), **cache)
        first = here.list()
        weather.calls.clear()
        again = here.list()
        assert weather.calls == []
    assert again.content == first.content
    assert again.done.errors == first.done.errors


def test_a_template_in_a_name_or_a_tag_is_never_rendered(small: Fleet, tmp_path: Path):
    """On no ansible-core: before 2.19 each text is rendered that is not marked as unsafe."""
    (account,) = small.accounts[f"/{TEMPLATE}"]
    small.client.tag_resource(ResourceId=account, Tags=[{"Key": "note", "Value": TEMPLATE}])
    (tmp_path / "play.json").write_text(json.dumps(PLAY_OF_TEMPLATES))
    with desk(tmp_path, small.server) as (here, _weather):
        here.write(
            hostname="name",
            tags=True,
            include_account_ids=[account],
            compose={
                "made": "account_tags.note ~ account_name",
                "restore_access_name": "account_tags.role | default('r')",
            },
            keyed_groups=[
                {"key": "account_tags.note", "prefix": "", "separator": "", "parent_group": "{{ account_name }}"}
            ],
            groups={"noted": "account_tags.note is defined"},
            member_role_arn="arn:aws:iam::{{ account_id }}:role/OrganizationAccountAccessRole",
        )
        listed = here.list()
        played = here.run("ansible-playbook", "-i", INVENTORY, "play.json")
        appliance = json.dumps({"restore_access_appliance_principals": ["444455556666"]})
        report = here.run("ansible-playbook", "-i", INVENTORY, "-e", appliance, "cloudrestore.aws.drift_report")
    assert listed.in_group("noted") == {account}
    assert f"{account} ('{TEMPLATE}' is a template)" in listed.done.errors
    host = listed.hosts[account]
    assert host["account_name"] == host["account_tags"]["note"] == {"__ansible_unsafe": TEMPLATE}
    assert host["made"] == {"__ansible_unsafe": TEMPLATE * 2}
    assert host["account_id"] == account
    assert host["restore_access_name"] == "r"
    assert played.output.count(TEMPLATE) > len(USES)
    assert (played.returncode, report.returncode) == (0, 0), played.output + report.output
    (written,) = (tmp_path / "reports").glob("drift_report-*.json")
    (entry,) = json.loads(written.read_text())["accounts"]
    assert (entry["status"], entry["ou"]) == ("drifted", f"/{TEMPLATE}")
    for text in (
        listed.done.output,
        listed.done.errors,
        played.output,
        played.errors,
        report.output,
        written.read_text(),
    ):
        assert RAN not in text
