# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whoever names an account, an organizational unit or a tag reaches no host, group or variables of others by it."""

from __future__ import annotations

import random

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization import names
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.names import Taken, host_names
from ansible_collections.cloudrestore.aws.plugins.module_utils._printable import printable
from hypothesis import given
from hypothesis import strategies as st

ORDERS, PAYMENTS, PLAY = "111122223333", "222233334444", "333344445555"
GROUPS = frozenset({"all", "ungrouped", "ou_Sandbox", "ou_Production", "state_active"})
ALONE = Taken(GROUPS, {})

FLAWED = [
    *(
        "",
        " ",
        "orders all",
        "Prod Data",
        "orders\n",
        "orders\tall",
        " orders",
        "a\u00a0b",
        "a\u202eb",
        "a\x1b[2J",
        "a\ud800",
    ),
    *(
        "!orders",
        "&orders",
        "~orders",
        "*",
        "or*",
        "orders?",
        "[1:3]",
        "orders[0]",
        "a,b",
        "a:b",
        "@orders",
        "-orders",
        "::1",
    ),
    *(
        "/etc",
        "../group_vars/ou_Production",
        "orders/main",
        ".",
        "..",
        "orders.yml",
        "orders.yaml",
        "orders.json",
        "x" * 251,
    ),
    *("{{secret}}", "a{%if'b'%}", "{#a#}"),
]
FINE = [
    "orders",
    "Orders",
    "orders.eu",
    "o'rders",
    "$(id)",
    "a@b",
    "a-b",
    "a{b}",
    "Zürich",
    "1",
    "all_of_it",
    "ou_Sandboxes",
    "yml",
]


@pytest.mark.parametrize("name", FLAWED)
def test_a_name_that_could_reach_others_is_not_used(name: str):
    naming = host_names({ORDERS: name, PLAY: "play"}, ALONE)
    assert naming.hosts == {ORDERS: ORDERS, PLAY: "play"}
    (warning,) = naming.warnings
    assert f"{ORDERS} (" in warning
    assert "Rename the account" in warning
    assert printable(warning) == warning


@pytest.mark.parametrize("name", FINE)
def test_any_other_name_stays_as_it_is(name: str):
    assert host_names({ORDERS: name}, ALONE) == names.Naming({ORDERS: name}, ())


@pytest.mark.parametrize("name", sorted({*GROUPS, *names.RESERVED} - {"::1"}))
def test_no_host_has_the_name_of_a_group_or_of_ansibles_own(name: str):
    naming = host_names({ORDERS: name, PLAY: "play"}, ALONE)
    assert naming.hosts == {ORDERS: ORDERS, PLAY: "play"}
    assert f"hostname evaluates to '{name}' for account {ORDERS}" in naming.warnings[0]


def test_of_two_accounts_of_one_name_neither_has_it():
    """Each would have the host_vars of the other. Both are told."""
    naming = host_names({ORDERS: "orders", PLAY: "orders", PAYMENTS: "payments"}, ALONE)
    assert naming.hosts == {ORDERS: ORDERS, PLAY: PLAY, PAYMENTS: "payments"}
    assert f"for the accounts {ORDERS} and {PLAY}, so they could not be told apart" in naming.warnings[0]


@pytest.mark.parametrize("name", [PAYMENTS, "999988887777", f"account-{PAYMENTS}"])
def test_no_account_goes_by_the_id_of_another(name: str):
    naming = host_names({ORDERS: name, PAYMENTS: "payments"}, ALONE)
    assert naming.hosts == {ORDERS: ORDERS, PAYMENTS: "payments"}
    assert f"account {ORDERS}, but that is the name of account {name[-12:]}" in naming.warnings[0]


def test_an_account_called_by_its_own_id_keeps_it_whoever_else_wants_it():
    assert host_names({ORDERS: ORDERS}, ALONE).warnings == ()
    naming = host_names({ORDERS: ORDERS, PLAY: ORDERS}, ALONE)
    assert naming.hosts == {ORDERS: ORDERS, PLAY: PLAY}
    assert len(naming.warnings) == 1


def test_a_host_of_another_source_is_only_joined_by_its_own_account():
    others = {"bastion": "", "orders": PAYMENTS, "play": PLAY}
    naming = host_names({ORDERS: "orders", PAYMENTS: "bastion", PLAY: "play"}, Taken(GROUPS, others))
    assert naming.hosts == {ORDERS: ORDERS, PAYMENTS: PAYMENTS, PLAY: "play"}
    bastion, orders = naming.warnings
    assert "has no account_id to show that it is the same" in bastion
    assert f"for account {ORDERS}" in orders
    assert f"which is account {PAYMENTS}" in orders


def test_a_group_with_the_id_of_an_account_leaves_it_a_name():
    assert host_names({ORDERS: ORDERS}, Taken({ORDERS}, {})).hosts == {ORDERS: f"account-{ORDERS}"}
    with pytest.raises(OptionError, match=ORDERS):
        host_names({ORDERS: ORDERS}, Taken({ORDERS, f"account-{ORDERS}"}, {}))


def test_many_warnings_are_short():
    wanted = {f"{number:012}": f"name {number}" for number in range(300)}
    wanted |= {f"{number:012}": f"twice-{number // 2}" for number in range(300, 400)}
    wanted |= {f"{number:012}": "once" for number in range(400, 700)}
    naming = host_names(wanted, ALONE)
    assert set(naming.hosts.values()) == set(wanted)
    assert len(naming.warnings) == 12
    assert max(map(len, naming.warnings)) < 1000


account_ids = st.sampled_from([f"{number:012}" for number in range(1, 9)])
texts = st.one_of(
    st.sampled_from([*FLAWED, *FINE, *GROUPS, *names.RESERVED, "account-000000000001"]),
    account_ids,
    st.text(max_size=6),
)
organizations = st.dictionaries(account_ids, texts, min_size=1)


@given(organizations, st.frozensets(texts, max_size=4), st.dictionaries(texts, st.just(""), max_size=4), st.randoms())
def test_each_host_is_one_account_whatever_the_names(
    wanted: dict[str, str], more: frozenset[str], others: dict[str, str], order: random.Random
):
    taken = Taken(GROUPS | more - set(wanted), others)
    naming = host_names(wanted, taken)
    assert naming.hosts.keys() == wanted.keys()
    assert len(set(naming.hosts.values())) == len(wanted)
    for account_id, name in naming.hosts.items():
        assert name not in taken.groups
        assert name not in names.RESERVED
        assert names.flaw_of(name) == ""
        assert name == account_id or name not in wanted.keys() | others.keys()
    shuffled = list(wanted.items())
    order.shuffle(shuffled)
    assert host_names(dict(shuffled), taken) == naming


@given(organizations, account_ids, texts)
def test_a_name_that_is_nobody_elses_stays_whoever_comes(wanted: dict[str, str], newcomer: str, name: str):
    before = host_names(wanted, ALONE).hosts
    after = host_names({newcomer: name, **wanted}, ALONE).hosts
    assert {account_id: after[account_id] for account_id in wanted if wanted[account_id] != name} == {
        account_id: before[account_id] for account_id in wanted if wanted[account_id] != name
    }


@given(organizations)
def test_limit_takes_each_host_alone(wanted: dict[str, str]):
    """By Ansible's own reading of it."""
    inventory = InventoryManager(DataLoader(), sources=[])
    for group in GROUPS:
        inventory.add_group(group)
    hosts = set(host_names(wanted, ALONE).hosts.values())
    for name in hosts:
        inventory.add_host(name, "ou_Production")
    inventory.reconcile_inventory()
    for name in hosts:
        inventory.subset(name)
        assert [host.name for host in inventory.get_hosts("all")] == [name]
        inventory.subset(f"{name},state_active")
        assert [host.name for host in inventory.get_hosts("all")] == [name]
