# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts stand for one principal."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.fleet import duplicates, meant
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.model.identity import Identity
from hypothesis import given
from hypothesis import strategies as st

ACCOUNT, OTHER = "111122223333", "444455556666"
ENTERED = f"arn:aws-us-gov:iam::{OTHER}:role/OrganizationAccountAccessRole"
CENTRAL = f"arn:aws:iam::{ACCOUNT}:role/Central"


def of(**options: Any) -> Identity:
    account = {"account_id": options.pop("of_the_inventory")} if "of_the_inventory" in options else {}
    values = {f"restore_access_{name}": value for name, value in options.items()} | account
    return meant(values.get)


@pytest.mark.parametrize(
    ("options", "account_id"),
    [
        ({"account_id": ACCOUNT, "of_the_inventory": OTHER}, ACCOUNT),
        ({"of_the_inventory": OTHER}, OTHER),
        ({"of_the_inventory": int(OTHER)}, OTHER),
        ({"assume_role_arn": ENTERED}, OTHER),
        ({"assume_role_arn": [CENTRAL, ENTERED]}, OTHER),
        ({"account_id": ACCOUNT, "assume_role_arn": ENTERED}, ACCOUNT),
        ({"account_id": "", "assume_role_arn": []}, ""),
        ({"account_id": "12", "assume_role_arn": {"no": "list"}}, ""),
        ({"profile": "team-a"}, ""),
    ],
)
def test_the_account_is_the_one_that_the_variables_tell(options: dict[str, Any], account_id: str):
    assert of(**options).account_id == account_id


@pytest.mark.parametrize("name", ["Restore", "restore", "team/Restore", "/team/RESTORE"])
def test_case_and_path_make_no_other_principal(name: str):
    assert of(name=name, account_id=ACCOUNT).key == of(name="Restore", account_id=ACCOUNT).key


def test_type_and_name_make_another_principal():
    hosts = {
        "role": of(name="Restore", account_id=ACCOUNT),
        "user": of(name="Restore", account_id=ACCOUNT, principal_type="user"),
        "other": of(name="Other", account_id=ACCOUNT),
        "elsewhere": of(name="Restore", account_id=OTHER),
        "unknown": of(name="Restore"),
        "also unknown": of(name="Restore"),
    }
    assert duplicates(hosts.items()) == {}


def test_every_host_of_one_principal_is_told_with_the_others():
    hosts = [(f"h{number}", of(name="Restore", account_id=ACCOUNT)) for number in range(7)]
    told = duplicates([*hosts, ("alone", of(name="Restore", account_id=OTHER))])
    assert list(told) == [host for host, _meant in hosts]
    assert told["h6"].startswith(f"7 hosts stand for role Restore in account {ACCOUNT}: h0, h1, h2, h3, h4 and 2 more.")


@given(
    st.lists(
        st.tuples(st.sampled_from(["", ACCOUNT, OTHER]), st.sampled_from("ABa"), st.sampled_from("AB")), max_size=12
    )
)
def test_who_is_left_is_alone_and_nobody_else_is_left_out(drawn: list[tuple[str, str, str]]):
    hosts = {f"h{number}": Identity(*each) for number, each in enumerate(drawn)}
    told = duplicates(hosts.items())
    keys = [principal.key for principal in hosts.values() if principal.account_id]
    expected = {host for host, principal in hosts.items() if principal.account_id and keys.count(principal.key) > 1}
    assert set(told) == expected
