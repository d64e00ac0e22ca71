# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lists as people type them into a text area, through the shells of modules and lookups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _lists

FIRST, SECOND = "arn:aws:iam::444455556666:role/One", "arn:aws:iam::444455556666:role/Two,Three"
PLAIN = "arn:aws:iam::444455556666:role/Two"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (FIRST, [FIRST]),
        (f"{FIRST}\n{PLAIN}\n", [FIRST, PLAIN]),
        (f"{FIRST}\r\n\r\n  {PLAIN} \r\n", [FIRST, PLAIN]),
        (f" {FIRST} , {PLAIN},\n", [FIRST, PLAIN]),
        ([f"{FIRST}\n{SECOND}\n"], [FIRST, SECOND]),
        ([f" {FIRST}", f"{SECOND} "], [FIRST, SECOND]),
        # What nobody typed into a text area is left for Ansible and the options themselves to judge.
        ([FIRST, ""], [FIRST, ""]),
        ("", ""),
        ("[]", "[]"),
        (None, None),
        ([7], [7]),
    ],
)
def test_a_list_is_split_and_trimmed(typed: Any, meant: Any):
    assert _lists.split(RESTORE_ROLE_SPEC, {"appliance_principals": typed}) == {"appliance_principals": meant}


def test_lists_within_an_entry_are_split_as_well():
    typed = {"custom_permission_sets": [{"name": "own", "actions": "s3:GetObject\ns3:PutObject\n"}, "no entry"]}
    split = _lists.split(RESTORE_ROLE_SPEC, typed)
    assert split["custom_permission_sets"] == [{"name": "own", "actions": ["s3:GetObject", "s3:PutObject"]}, "no entry"]


def test_what_is_no_list_of_texts_stays():
    typed = {"name": "a\nb", "tags": {"a": "b\n"}, "additional_statements": "[]", "unknown": "a\nb"}
    assert _lists.split(RESTORE_ROLE_SPEC, typed) == typed
