# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules 12-20 at their edges: an entry of Resource against what was asked about, in each kind of policy."""

from __future__ import annotations

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy import arns
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.context import Context

from tests.unit.policy.rules.asking import ALL_TABLES, TABLE

T, F, U = 2, 0, 1
VAULT = "arn:aws:backup:eu-west-1:111122223333:backup-vault:Main"
ALL_VAULTS = "arn:aws:backup:*:111122223333:backup-vault:*"
ALL_KEYS = "arn:aws:kms:*:111122223333:key/*"

ENTRIES: list[tuple[str, str, str, int]] = [
    ("R14 what is asked about in other case", TABLE, TABLE.replace("dynamodb", "DynamoDB"), T),
    ("R12 what is no ARN is compared as it stands", "orders-?", "orders-1", T),
    ("R12 what is no ARN, another one", "orders-?", "invoices", F),
    ("R12 a star in the account that has to run on", "arn:aws:backup:eu-west-1:1*:Main", VAULT, U),
    ("R12 a star inside a part, and one at the end", "arn:aws:back*1:111122223333:backup-vault:Ma*", VAULT, F),
    ("R12 a star that runs on to the account", "arn:aws:dyn*:111122223333:table/Orders", TABLE, U),
    ("R12 a star that runs on to another account", "arn:aws:dyn*:444455556666:table/Orders", TABLE, F),
    ("R12,14 a star that runs on, asked in other case", "arn:aws:dyn*:table/Orders", TABLE.upper()[:12] + TABLE[12:], U),
    ("R12,14 a star that runs on, case behind it", "arn:aws:bac*:eu-west-1:111122223333:Backup-Vault:Main", VAULT, F),
    ("R12,20 a star that runs on to a part of all", "arn:aws*:table/X*", ALL_TABLES, U),
    ("R20 names of some tables", "arn:aws:dynamodb:*:*:table/X*", ALL_TABLES, U),
    ("R20 a name with X in it", "arn:aws:dynamodb:*:*:table/aX", ALL_TABLES, U),
    ("R20 names of some vaults", "arn:aws:backup:*:*:backup-vault:X*", ALL_VAULTS, U),
    ("R20 a slash in the name of a vault", "arn:aws:backup:*:*:backup-vault:a/b", ALL_VAULTS, U),
    ("R20 indexes are no tables, asked in other case", "arn:aws:dynamodb:*:*:table/*/index/*", ALL_TABLES.replace("dynamodb", "DYNAMODB"), F),
    ("R20 names of keys hold no slash", "arn:aws:kms:*:*:key/*/x", ALL_KEYS, F),
    ("R18 a wildcard in the type, behind a letter", "arn:aws:backup:*:*:backup-vaul?:*", ALL_VAULTS, U),
    ("R18 no wildcard in the type, one behind a colon", "arn:aws:backup:*:*:backup-vault:M*", VAULT, T),
    ("R18 two stars for all of the last part", "arn:aws:dynamodb:*:*:**", TABLE, T),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "resource", "value"), [case[1:] for case in ENTRIES], ids=[case[0] for case in ENTRIES]
)
def test_an_entry_covers_a_resource(entry: str, resource: str, value: int):
    assert arns.covers(entry, resource, Context(), variables=True).value == value


SHORT: list[tuple[str, str, str, int]] = [
    ("R13 identity, no star", arns.IDENTITY, "arn:aws:dynamodb", T),
    ("R13 identity, a star", arns.IDENTITY, "arn:aws:dyn*", T),
    ("R13 SCP, no star", arns.SCP, "arn:aws:dynamodb", F),
    ("R13 SCP, a star that is not the last", arns.SCP, "arn:aws:*:eu-west-1", F),
    ("R13 SCP, a star at the end", arns.SCP, "arn:aws:dynamodb:*", T),
    ("R13 SCP, all six parts", arns.SCP, TABLE, T),
    ("R13 resource policy, no star", arns.RESOURCE_POLICY, "arn:aws:dynamodb", F),
    ("R13 resource policy, a star at the end", arns.RESOURCE_POLICY, "arn:aws:dynamodb:*", T),
    ("R13 resource policy, a star elsewhere", arns.RESOURCE_POLICY, "arn:aws:*:eu-west-1", T),
    ("R13 resource policy, all six parts", arns.RESOURCE_POLICY, TABLE, T),
]


@pytest.mark.parametrize(("kind", "entry", "value"), [case[1:] for case in SHORT], ids=[case[0] for case in SHORT])
def test_a_short_entry_in_each_kind_of_policy(kind: str, entry: str, value: int):
    assert arns.covers(entry, TABLE, Context(), variables=True, kind=kind).value == value


@pytest.mark.parametrize(
    ("entry", "resource", "leaf"),
    [
        (TABLE, ALL_TABLES, f"only on {TABLE}"),
        ("arn:aws:dynamodb:*:*:t*/Orders", TABLE, "a wildcard in the resource type of arn:aws:dynamodb:*:*:t*/Orders"),
        ("arn:aws:dyn*:table/Orders", TABLE, "whether a * in arn:aws:dyn*:table/Orders runs on past a colon"),
        ("arn:aws:dynamodb:*:*:table/${aws:userid}", TABLE, "the variable ${aws:userid}"),
    ],
    ids=["R20", "R18", "R12", "R16"],
)
def test_what_an_open_entry_hangs_on(entry: str, resource: str, leaf: str):
    assert arns.covers(entry, resource, Context(), variables=True).leaves == {leaf}
