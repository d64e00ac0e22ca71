# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback brings back what was there before a run, keeps what others have done since, and can itself be undone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.documents import load, statements
from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.errors import UnreadableDocumentError
from hypothesis import Phase, assume, given, reject, settings
from hypothesis import strategies as st

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import rolled_back, run, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, role
from tests.unit.principal.test_interrupted import Killed, essence, stop_after
from tests.unit.principal.test_properties import MANY as ALL_PHASES
from tests.unit.principal.test_properties import pairs, planned

# An account that fails is read as it is: making it smaller takes minutes.
MANY = settings(ALL_PHASES, phases=[Phase.explicit, Phase.generate])


def undo(options: dict[str, Any]) -> dict[str, Any]:
    """What must be given for a rollback: which principal, and nothing of what was asked for."""
    return {key: options[key] for key in ("name", "principal_type") if key in options}


def in_force(contents: dict[str, Any]) -> dict[str, Any]:
    """Without the versions that no one uses: the oldest gives way, and one that was brought back is the youngest."""
    policies = {arn: found[:3] for arn, found in contents["policies"].items()}
    return {**contents, "policies": policies}


def owned(pair: tuple[MemoryIam, dict[str, Any]]) -> tuple[MemoryIam, dict[str, Any]]:
    """With our tag on what has our name: a rollback leaves alone what has not, whatever the run did with it."""
    iam, options = pair
    for arn, policy in iam.policies.items():
        if arn.split("/")[-1].startswith(DEFAULT_POLICY_NAME):
            policy.tags.update(OURS)
    return iam, options


@MANY
@given(st.sampled_from(["present", "absent"]).flatmap(pairs))
def test_a_rollback_brings_back_what_was_there(
    pair: tuple[MemoryIam, dict[str, Any]],
):
    """Converging again brings what was there after the run."""
    iam, options = owned(pair)
    before = essence(iam)
    result = planned(iam, options)
    after = essence(iam)
    quiet, start = iam.contents(), len(iam.calls)
    expected = rolled_back(iam, undo(options), result["previous"], check=True)
    assert (iam.contents(), writes(iam, start)) == (quiet, [])
    start = len(iam.calls)
    undone = rolled_back(iam, undo(options), result["previous"])
    assert essence(iam) == before
    # What is observed is the state afterwards, and in check mode the one before.
    assert undone == {**expected, "check_mode": False, "observed": undone["observed"]}
    assert writes(iam, start) == [one["operation"] for one in undone["changes"]]
    assert rolled_back(iam, undo(options), result["previous"])["changed"] is False
    run(iam, options)
    assert in_force(essence(iam)) == in_force(after)


@MANY
@given(st.sampled_from(["present", "absent"]).flatmap(pairs), st.integers(0, 6), st.integers(0, 6))
def test_stopped_runs_and_rollbacks_are_undone_by_another(
    pair: tuple[MemoryIam, dict[str, Any]], stopped_run: int, stopped_rollback: int
):
    """A run is stopped, so is its rollback, and a second rollback finishes."""
    iam, options = owned(pair)
    before = essence(iam)
    try:
        expected = run(iam, options, check=True)
        assume(expected["changes"])
        stop_after(iam, stopped_run)
        run(iam, options)
    except RestoreAccessError:
        reject()
    except Killed:
        pass
    try:
        stop_after(iam, stopped_rollback)
        rolled_back(iam, undo(options), expected["previous"])
    except Killed:
        pass
    iam.fail = lambda _operation, _arguments: None
    rolled_back(iam, undo(options), expected["previous"])
    assert essence(iam) == before


@MANY
@given(pairs("present"))
def test_a_rollback_can_be_rolled_back(pair: tuple[MemoryIam, dict[str, Any]]):
    iam, options = owned(pair)
    previous = planned(iam, options)["previous"]
    after = essence(iam)
    undone = rolled_back(iam, undo(options), previous)
    rolled_back(iam, undo(options), undone["previous"])
    assert essence(iam) == after


@MANY
@given(pairs("present"), st.data())
def test_of_the_trust_only_what_the_run_took_away_comes_back(
    pair: tuple[MemoryIam, dict[str, Any]], data: st.DataObject
):
    """Whatever statements somebody has removed or edited since."""
    iam, options = owned(pair)
    principal = iam.principals.get(("Role", options["name"]))
    assume(options.get("principal_type", "role") == "role" and principal is not None)
    before = statements_of(principal)
    previous = planned(iam, options)["previous"]
    assume(("Role", options["name"]) in iam.principals)
    written = statements_of(role(iam))
    assume(written)
    closed = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    edits: list[list[dict[str, Any]]] = [[], [{}], [closed], [{}, {**closed, "Sid": ""}]]
    since = [{**one, **edit} for one in written for edit in data.draw(st.sampled_from(edits))]
    assume(since)
    role(iam).trust = {"Version": "2012-10-17", "Statement": since}
    rolled_back(iam, undo(options), previous)
    taken = [one for one in before if one not in written]
    assert [one for one in statements_of(role(iam)) if one not in since and one not in taken] == []


def statements_of(principal: Principal) -> list[Any]:
    """Of its trust, those that can be told."""
    try:
        return statements(load(principal.trust))
    except UnreadableDocumentError:
        return []


def test_what_others_have_added_since_stays():
    iam = account(APPLIANCE, inline={})
    previous = run(iam, {**OPTIONS, "tags": {"team": "ours"}})["previous"]
    theirs = worlds.admit({"AWS": "777788889999"}, Sid="Theirs")
    role(iam).trust["Statement"].append(theirs)
    role(iam).inline["theirs"] = EVERYTHING
    role(iam).tags["owner"] = "them"
    rolled_back(iam, {"name": worlds.NAME}, previous)
    assert role(iam).trust["Statement"] == [APPLIANCE, theirs]
    assert (role(iam).inline, role(iam).tags) == ({"theirs": EVERYTHING}, {"owner": "them"})
    assert (role(iam).attached, iam.policies) == ([], {})


def test_a_role_goes_only_if_the_run_created_it_for_itself():
    """And nothing else uses it."""
    iam = MemoryIam()
    previous = run(iam, OPTIONS)["previous"]
    role(iam).inline["theirs"] = EVERYTHING
    result = rolled_back(iam, {"name": worlds.NAME}, previous)
    assert "inline policy theirs exists" in result["left_in_place"][0]
    assert (role(iam).attached, list(role(iam).inline)) == ([], ["theirs"])
    del role(iam).inline["theirs"]
    role(iam).tags.clear()
    assert "the run did not create" in rolled_back(iam, {"name": worlds.NAME}, previous)["left_in_place"][0]
    role(iam).tags.update(OURS)
    rolled_back(iam, {"name": worlds.NAME}, previous)
    assert iam.contents() == MemoryIam().contents()


def test_a_pruned_policy_version_comes_back_with_its_document():
    iam = account(inline={})
    documents = [worlds.document(worlds.allow(f"s3:Get{number}")) for number in range(5)]
    arn = iam.add_policy(DEFAULT_POLICY_NAME, *documents, **OURS)
    role(iam).attached = [arn]
    previous = run(iam, OPTIONS)["previous"]
    assert documents[0] not in iam.policies[arn].versions.values()
    rolled_back(iam, {"name": worlds.NAME}, previous)
    stored = iam.policies[arn]
    assert sorted(map(str, stored.versions.values())) == sorted(map(str, documents))
    assert stored.versions[stored.default] == documents[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account_id": "999988887777"}, "which is not .* or a policy of its account"),
        ({"name": "Another"}, "which is not .* or a policy of its account"),
        ({"schema_version": 1}, "schema_version 1"),
        ({"operations": [{}]}, "snapshot cannot be read: KeyError"),
    ],
)
def test_the_wrong_snapshot_changes_nothing(change: dict[str, Any], words: str):
    iam = account(BACKUP)
    previous = run(iam, OPTIONS)["previous"]
    before = iam.contents()
    with pytest.raises(RestoreAccessError, match=words):
        rolled_back(iam, {"name": worlds.NAME}, {**previous, **change})
    assert iam.contents() == before


def test_a_snapshot_of_another_account_or_principal_changes_nothing():
    iam, elsewhere = account(BACKUP), account(BACKUP)
    previous = run(iam, OPTIONS)["previous"]
    elsewhere.account_id = "999988887777"
    with pytest.raises(RestoreAccessError, match="belong to account 999988887777"):
        rolled_back(elsewhere, {"name": worlds.NAME}, previous)
    with pytest.raises(RestoreAccessError, match="The snapshot is of .* specify the role Another"):
        rolled_back(iam, {"name": "Another"}, previous)
    assert writes(elsewhere) == []


def test_what_is_no_snapshot_is_refused():
    with pytest.raises(RestoreAccessError, match="it must be what a run wrote before its first change"):
        rolled_back(MemoryIam(), {"name": worlds.NAME}, {"trust": {}})
