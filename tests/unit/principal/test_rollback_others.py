# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback leaves alone what others have changed since the run, in the very things that the run had changed or made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, role
from tests.unit.principal.test_reliability import THEIRS, create_role_as_asked, first
from tests.unit.principal.test_rollback_parts import WHO, back, changed

READING = worlds.allow("s3:ListBucket", Sid="Newer")


def test_a_description_written_since_stays():
    """The run changed the session's duration; IAM takes both in one call."""
    iam = account(description="theirs", seconds=7200)
    previous = changed(iam, max_session_duration=3600)
    role(iam).description = "newer"
    assert back(iam, previous) == ["UpdateRole"]
    assert (role(iam).description, role(iam).seconds) == ("newer", 7200)
    previous = changed(iam, description="ours")
    role(iam).description = "newest"
    assert back(iam, previous) == []


def test_a_boundary_set_since_over_the_run_s_stays():
    """The run had replaced or removed the one before."""
    iam = account()
    before, ours, theirs = (iam.add_policy(name, EVERYTHING) for name in ("Before", "Ours", "TheirBoundary"))
    for asked in (ours, ""):
        role(iam).boundary = before
        previous = changed(iam, permissions_boundary=asked)
        role(iam).boundary = theirs
        assert back(iam, previous) == []
        assert role(iam).boundary == theirs


@pytest.mark.parametrize("theirs", [READING, "not a statement"])
def test_a_statement_put_into_the_run_s_inline_policy_stays(theirs: Any):
    iam = account(inline={})
    previous = changed(iam, policy_type="inline")
    role(iam).inline[DEFAULT_POLICY_NAME]["Statement"].append(theirs)
    assert back(iam, previous) == ["PutRolePolicy"]
    assert role(iam).inline == {DEFAULT_POLICY_NAME: worlds.document(theirs)}
    assert back(iam, previous) == []


def test_what_the_run_made_is_told_from_others_additions():
    """However the document is written."""
    iam = account(inline={})
    previous = changed(iam, policy_type="inline")
    (statement,) = role(iam).inline[DEFAULT_POLICY_NAME]["Statement"]
    statement["Action"].reverse()
    assert back(iam, previous) == ["DeleteRolePolicy"]


def test_a_created_role_is_kept_for_whom_others_let_in():
    iam = MemoryIam()
    previous = changed(iam)
    role(iam).trust["Statement"].append(THEIRS)
    result = rolled_back(iam, WHO, previous)
    assert "its trust policy contains statements that the run did not write" in result["left_in_place"][0]
    assert THEIRS in role(iam).trust["Statement"]


def test_a_created_role_is_kept_for_others_inline_statements():
    iam = MemoryIam()
    previous = changed(iam, policy_type="inline")
    role(iam).inline[DEFAULT_POLICY_NAME]["Statement"].append(READING)
    result = rolled_back(iam, WHO, previous)
    assert f"inline policy {DEFAULT_POLICY_NAME} exists" in result["left_in_place"][0]
    assert role(iam).inline == {DEFAULT_POLICY_NAME: worlds.document(READING)}


@pytest.mark.parametrize("way", ["rollback", "absent"])
def test_a_role_opened_right_before_its_deletion_stays(way: str):
    """Somebody lets others in between the plan and the delete."""
    iam = MemoryIam()
    previous = changed(iam)

    def edit(operation: str, _arguments: dict[str, Any]) -> None:
        if operation == "DeletePolicy":
            role(iam).trust["Statement"].append(THEIRS)

    iam.fail = edit
    result = rolled_back(iam, WHO, previous) if way == "rollback" else run(iam, {**OPTIONS, "state": "absent"})
    assert "was not deleted" in result["left_in_place"][0]
    assert THEIRS in role(iam).trust["Statement"]


def test_an_unreadable_trust_policy_of_before_is_told():
    """It is not passed over in silence."""
    iam = account()
    role(iam).trust = "{not json"
    previous = changed(iam, purge_trust=True, allow_widening=True)
    with pytest.raises(RestoreAccessError, match="Restore that policy manually"):
        rolled_back(iam, WHO, previous)


def test_an_unreadable_trust_policy_of_before_replaces_nothing():
    """What others have written since stays."""
    iam = account()
    role(iam).trust = "{not json"
    previous = changed(iam, purge_trust=True, allow_widening=True)
    role(iam).trust["Statement"].append(THEIRS)
    assert back(iam, previous) == []
    assert THEIRS in role(iam).trust["Statement"]


def test_whom_somebody_took_out_of_the_trust_policy_stays_out():
    iam = account(APPLIANCE, THEIRS)
    previous = changed(iam)
    role(iam).trust["Statement"].remove(THEIRS)
    assert back(iam, previous) == ["UpdateAssumeRolePolicy"]
    assert role(iam).trust["Statement"] == [APPLIANCE]


def test_a_trust_policy_of_the_run_s_alone_stays():
    """IAM takes no trust policy without statements."""
    iam = account(APPLIANCE)
    previous = changed(iam)
    role(iam).trust["Statement"].remove(APPLIANCE)
    assert back(iam, previous) == []


def test_an_empty_inline_policy_is_not_taken_for_the_run_s():
    iam = account()
    previous = changed(iam, description="ours")
    role(iam).inline["empty"] = worlds.document()
    assert back(iam, previous) == ["UpdateRole"]
    assert "empty" in role(iam).inline


def test_tags_are_put_back_whatever_the_case_of_their_keys():
    iam = account(tags={"Team": "theirs", "Gone": "1", "Kept": "k"})
    previous = changed(iam, tags={"TEAM": "ours", "kept": "k"}, purge_tags=True)
    # Somebody has written the value that the run wrote, or taken it away, under the same key in other letters.
    role(iam).tags = {"gone": "theirs", "TEAM": "ours", "Kept": "k"}
    assert back(iam, previous) == ["TagRole"]
    assert role(iam).tags == {"gone": "theirs", "Team": "theirs", "Kept": "k"}


def test_a_role_of_a_later_run_is_no_concern_of_an_earlier_one():
    iam = MemoryIam()
    previous = changed(iam, state="absent")
    run(iam, OPTIONS)
    assert back(iam, previous) == []
    (kept,) = rolled_back(iam, WHO, previous)["left_in_place"]
    assert "the run did not create the role" in kept


# What others have done while the run was under way


def test_an_inline_policy_that_the_run_left_as_it_was_stays():
    """The run wrote it back unchanged."""
    iam = account(inline={})
    boundary, options = iam.add_policy("Boundary", EVERYTHING), {"policy_type": "inline", "match": "exact"}
    run(iam, {**OPTIONS, **options})
    before, conflict = dict(role(iam).inline), IamError("ConcurrentModification", "somebody else")
    edited = worlds.document(worlds.allow("*", Sid="CloudrestoreDynamodbRestore"))
    iam.fail = first("TagRole", conflict, lambda: vars(role(iam)).update(inline={DEFAULT_POLICY_NAME: edited}))
    start = len(iam.calls)
    previous = changed(iam, permissions_boundary=boundary, tags={"team": "ours"}, **options)
    assert "PutRolePolicy" in writes(iam, start)
    assert "PutRolePolicy" not in back(iam, previous)
    assert role(iam).inline == before


@pytest.mark.parametrize("purge", [True, False])
def test_what_was_attached_then_taken_away_stays_away(purge: bool):
    """And what somebody took away and the run attached again was there before."""
    iam = account(inline={})
    theirs, boundary = iam.add_policy("Theirs", EVERYTHING), iam.add_policy("Boundary", EVERYTHING)
    run(iam, OPTIONS)
    since = [*role(iam).attached, theirs] if purge else []
    before = list(role(iam).attached)
    conflict = IamError("ConcurrentModification", "somebody else")
    iam.fail = first("TagRole", conflict, lambda: vars(role(iam)).update(attached=since))
    previous = changed(iam, permissions_boundary=boundary, tags={"team": "ours"}, purge_policies=purge)
    assert role(iam).attached == before
    back(iam, previous)
    assert role(iam).attached == before


def test_a_role_created_anew_is_not_deleted():
    """It was there before, and the run had to create it again."""
    iam = account(inline={})
    boundary = iam.add_policy("Boundary", EVERYTHING)
    gone = IamError("NoSuchEntity", "gone")
    iam.fail = first("TagRole", gone, iam.principals.clear)
    previous = changed(iam, permissions_boundary=boundary, tags={"team": "ours"})
    assert "CreateRole" in writes(iam)
    assert "DeleteRole" not in back(iam, previous)
    assert ("Role", worlds.NAME) in iam.principals


def test_trust_edited_between_two_writes_of_the_run_stays():
    iam = account(APPLIANCE)
    conflict = IamError("ConcurrentModification", "somebody else")
    iam.fail = first("TagRole", conflict, lambda: vars(role(iam)).update(trust=worlds.document(THEIRS)))
    previous = changed(iam, tags={"team": "ours"})
    assert writes(iam) == ["UpdateAssumeRolePolicy", "TagRole", "UpdateAssumeRolePolicy", "TagRole"]
    back(iam, previous)
    assert role(iam).trust["Statement"] == [THEIRS]


def test_a_role_that_others_created_during_the_run_is_theirs():
    """It is as they made it again."""
    iam = MemoryIam()
    theirs = create_role_as_asked(iam, trust=worlds.document(BACKUP), tags={})
    iam.fail = first("CreateRole", IamError("EntityAlreadyExists", "taken"), theirs)
    previous = changed(iam, tags={"team": "ours"})
    assert previous["exists"] is True
    assert "UpdateAssumeRolePolicy" in back(iam, previous)
    assert (role(iam).trust, role(iam).tags, role(iam).attached) == (worlds.document(BACKUP), {}, [])
    assert iam.policies == {}


def test_a_created_role_whose_trust_was_fixed_goes_whole():
    """The run created it and wrote its trust policy again."""
    iam = MemoryIam()
    conflict = IamError("ConcurrentModification", "somebody else")

    def by_hand() -> None:
        role(iam).trust["Statement"].pop()

    iam.fail = first("AttachRolePolicy", conflict, by_hand)
    previous = changed(iam)
    assert "UpdateAssumeRolePolicy" in writes(iam)
    assert back(iam, previous) == ["DetachRolePolicy", "DeletePolicy", "DeleteRole"]
    assert iam.contents() == MemoryIam().contents()


def test_a_created_role_that_stays_keeps_its_boundary():
    iam = MemoryIam()
    boundary = iam.add_policy("Boundary", EVERYTHING)
    conflict = IamError("ConcurrentModification", "somebody else")
    iam.fail = first("AttachRolePolicy", conflict, lambda: vars(role(iam)).update(boundary=None))
    previous = changed(iam, permissions_boundary=boundary)
    assert "PutRolePermissionsBoundary" in writes(iam)
    role(iam).instance_profiles = ["profile"]
    assert back(iam, previous) == ["DetachRolePolicy", "DeletePolicy"]
    assert role(iam).boundary == boundary


FROM_OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def closed_since(iam: MemoryIam, sid: str | None) -> None:
    """Somebody has closed the appliance's statement further, under this Sid; None: taken it away."""
    statements = role(iam).trust["Statement"]
    (ours,) = [one for one in statements if one.get("Condition", {}).get("StringEquals") == {"sts:ExternalId": "abc"}]
    statements.remove(ours)
    if sid is not None:
        statements.append({**ours, "Sid": sid, "Condition": {**ours["Condition"], **FROM_OFFICE}})


@pytest.mark.parametrize("sid", ["CloudrestoreAppliance", "FromTheOffice", None])
def test_the_appliance_s_statement_stays_away_beside_one_closed_since(sid: str | None):
    """AWS joins them by or, so that it would void what somebody has added."""
    iam = account({"Sid": "CloudrestoreAppliance", **APPLIANCE}, BACKUP)
    previous = changed(iam, appliance_external_id="abc")
    closed_since(iam, sid)
    after = iam.contents()
    for check in (True, False):
        (kept,) = rolled_back(iam, WHO, previous, check=check)["left_in_place"]
        assert kept.startswith(
            f"statement CloudrestoreAppliance of the trust policy of {role_arn(iam)} was not put back"
        )
    assert back(iam, previous) == []
    assert iam.contents() == after


def test_nor_does_one_of_an_inline_policy():
    iam = account(inline={})
    run(iam, {**OPTIONS, "policy_type": "inline"})
    (ours,) = role(iam).inline[DEFAULT_POLICY_NAME]["Statement"]
    ours["Action"] = ["dynamodb:*", *ours["Action"]]
    previous = changed(iam, policy_type="inline", match="exact")
    (exact,) = role(iam).inline[DEFAULT_POLICY_NAME]["Statement"]
    assert "dynamodb:*" not in exact["Action"]
    exact["Condition"] = FROM_OFFICE
    assert back(iam, previous) == []
    assert role(iam).inline[DEFAULT_POLICY_NAME]["Statement"] == [exact]
    (kept,) = rolled_back(iam, WHO, previous)["left_in_place"]
    assert kept.startswith(
        f"statement {exact['Sid']} of the inline policy {DEFAULT_POLICY_NAME} of {role_arn(iam)} was not"
    )


def role_arn(iam: MemoryIam) -> str:
    return f"arn:aws:iam::{iam.account_id}:role/{worlds.NAME}"


# What stands again in another form


DATA = worlds.document(worlds.allow("s3:*", Sid="Data"))
LESS = worlds.document({**worlds.allow("s3:GetObject", Sid="Less"), "Resource": "arn:aws:s3:::one/*"})


@pytest.mark.parametrize("theirs", [LESS, worlds.document(worlds.allow("ec2:*")), EVERYTHING, "{not json"])
def test_an_inline_policy_created_anew_by_its_owner_stays_as_it_is(theirs: Any):
    iam = account(inline={"Data": DATA})
    previous = changed(iam, purge_policies=True)
    role(iam).inline["Data"] = theirs
    for check in (True, False):
        (left,) = rolled_back(iam, WHO, previous, check=check)["left_in_place"]
        assert left.startswith(f"inline policy Data of {role_arn(iam)} was not put back: the run deleted it")
    assert role(iam).inline["Data"] == theirs
    assert back(iam, previous) == []


def test_created_anew_as_it_was_nothing_is_said_of_it():
    iam = account(inline={"Data": DATA})
    previous = changed(iam, purge_policies=True)
    role(iam).inline["Data"] = {**DATA, "Statement": [{**DATA["Statement"][0], "Action": ["s3:*"]}]}
    assert rolled_back(iam, WHO, previous)["left_in_place"] == []


OUR_POLICY = f"arn:aws:iam::111122223333:policy/{DEFAULT_POLICY_NAME}"


@pytest.mark.parametrize("tags", [OURS, {}])
def test_a_managed_policy_created_anew_stays_as_it_is(tags: dict[str, str]):
    """Whoever it says that it belongs to; and it is not attached."""
    iam = account(worlds.admit({"AWS": "777788889999"}), inline={})
    iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow(worlds.ACTIONS)), **OURS)
    role(iam).attached = [OUR_POLICY]
    previous = changed(iam, state="absent")
    assert iam.policies == {}
    iam.add_policy(DEFAULT_POLICY_NAME, LESS, **tags)
    after = iam.contents()
    assert back(iam, previous) == []
    left = rolled_back(iam, WHO, previous)["left_in_place"]
    assert left[0].startswith(f"{OUR_POLICY} was not put back: the run deleted it")
    assert iam.contents() == after


def test_a_whole_account_stays_out_of_which_somebody_let_one_role_in():
    """purge_trust had taken it out."""
    iam = account(APPLIANCE, BACKUP, worlds.admit({"AWS": "777788889999"}, Sid="Account"))
    previous = changed(iam, purge_trust=True)
    auditor = worlds.admit({"AWS": "arn:aws:iam::777788889999:role/Auditor"}, Sid="Auditor")
    role(iam).trust["Statement"].append(auditor)
    result = rolled_back(iam, WHO, previous)
    assert [one for one in result["left_in_place"] if one.startswith("statement Account of the trust policy")]
    assert "777788889999:root" not in str(role(iam).trust)
    assert '"777788889999"' not in str(role(iam).trust).replace("'", '"')
    assert auditor in role(iam).trust["Statement"]
    assert back(iam, previous) == []
