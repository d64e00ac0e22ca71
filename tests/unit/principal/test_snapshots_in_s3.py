# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots put into a bucket: before the first change, never over another run's, and found again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.records import record_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import snapshot_s3

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal import worlds
from tests.unit.principal.running import READS, run, undone, validated, writes
from tests.unit.principal.scenes import BACKUP, OPTIONS, account

FILE = f"111122223333-role-{worlds.NAME}.json"
GIVEN = {**OPTIONS, "snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "/restore/access/", "run_id": "one"}
KEY = f"restore/access/one/{FILE}"


def found(s3: MemoryS3, uri: str, account_id: str | None = None, prefix: str = "") -> Any:
    bounds = snapshot_s3.Bounds("snapshots", prefix)
    return json.loads(snapshot_s3.find(lambda: s3, bounds, uri, "role", worlds.NAME, account_id).content)


def test_it_is_there_before_the_first_change_and_leads_back():
    iam, s3 = MemoryIam(), MemoryS3()
    there: list[bool] = []
    iam.fail = lambda operation, _arguments: None if operation.startswith(READS) else there.append(KEY in s3.objects)
    result = run(iam, GIVEN, s3=s3)
    assert there == [True, True, True]
    assert result["snapshot_s3"] == f"s3://snapshots/{KEY}"
    written = json.loads(s3.objects[KEY])
    assert {key: written[key] for key in result["previous"]} == result["previous"]
    for uri in (f"s3://snapshots/{KEY}", "s3://snapshots/restore/access/one", "s3://snapshots/restore/access/one/"):
        assert found(s3, uri, prefix="restore/access") == written
    undone(iam, GIVEN | {"snapshot": result["snapshot_s3"]}, s3=s3)
    assert iam.contents() == MemoryIam().contents()


def test_check_mode_and_a_run_without_changes_put_nothing():
    s3 = MemoryS3()
    run(MemoryIam(), GIVEN, check=True, s3=s3)
    run(account(), GIVEN, s3=s3)
    assert s3.objects == {}


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "NotImplemented"])
def test_nothing_is_changed_that_cannot_be_put_there(code: str):
    iam, s3 = MemoryIam(), MemoryS3()
    s3.fail = [IamError(code, "told by S3")]
    with pytest.raises(RestoreAccessError) as refused:
        run(iam, GIVEN, s3=s3)
    assert writes(iam) == []
    assert f"the snapshot cannot be written to the bucket snapshots ({code}: told by S3)" in refused.value.message
    assert "Nothing was changed" in refused.value.message


def test_a_run_that_failed_on_its_way_says_where_its_snapshot_is():
    iam, s3 = MemoryIam(), MemoryS3()
    stop = IamError("AccessDenied", "told by IAM")
    iam.fail = lambda operation, _arguments: stop if operation == "AttachRolePolicy" else None
    with pytest.raises(RestoreAccessError) as failed:
        run(iam, GIVEN, s3=s3)
    assert (failed.value.facts["changed"], failed.value.facts["snapshot_s3"]) == (True, f"s3://snapshots/{KEY}")
    iam.fail = lambda operation, _arguments: None if operation.startswith(READS) else stop
    with pytest.raises(RestoreAccessError) as failed:
        run(iam, GIVEN | {"run_id": "two"}, s3=s3)
    assert (failed.value.facts["changed"], "snapshot_s3" in failed.value.facts) == (False, False)


def test_an_object_never_takes_the_place_of_another_runs():
    s3 = MemoryS3()
    first, second = (run(account(BACKUP), GIVEN, s3=s3)["snapshot_s3"] for _number in range(2))
    assert (first, second) == (f"s3://snapshots/{KEY}", f"s3://snapshots/{KEY.removesuffix('.json')}~2.json")
    with pytest.raises(OptionError, match="contains 2 snapshots"):
        found(s3, "s3://snapshots/restore/access/one", prefix="restore/access")
    assert found(s3, second, prefix="restore/access")["run_id"] == "one"


@pytest.mark.parametrize("content", [b"", b"theirs", b"x" * 17_000_000, b"{}" + b" " * 17_000_000])
def test_whatever_is_at_the_key_another_is_taken(content: bytes):
    """Also what is larger than any snapshot: nothing was given to be read."""
    s3 = MemoryS3()
    s3.objects[KEY] = content
    written = run(account(BACKUP), GIVEN, s3=s3)["snapshot_s3"]
    assert written == f"s3://snapshots/{KEY.removesuffix('.json')}~2.json"
    assert s3.objects[KEY] == content
    assert found(s3, written, prefix="restore/access")["run_id"] == "one"
    put = snapshot_s3.write(s3, "snapshots", "restore/access", "one", FILE, b"{}", None)
    assert put.uri.endswith("~3.json")


def test_a_journal_larger_than_any_is_refused():
    s3 = MemoryS3()
    run(account(BACKUP), GIVEN, s3=s3)
    s3.objects[f"{KEY}l"] += b" " * 17_000_000
    with pytest.raises(OptionError, match=r"\.jsonl is larger than any file that a run writes"):
        found(s3, f"s3://snapshots/{KEY}", prefix="restore/access")


def test_a_put_whose_answer_was_lost_is_not_made_twice():
    """It was carried out, so nothing is left to write."""
    s3 = MemoryS3()
    put = [snapshot_s3.write(s3, "snapshots", "", "one", FILE, b"{}", None).uri for _number in range(2)]
    assert put == [f"s3://snapshots/one/{FILE}"] * 2
    assert len(s3.objects) == 1


def test_a_run_of_many_accounts_is_searched_to_its_end():
    s3 = MemoryS3(page=2)
    for number in range(5):
        s3.objects[f"one/11112222333{number}-role-{worlds.NAME}.json"] = b'{"number": %d}' % number
    assert found(s3, "s3://snapshots/one", "111122223334") == {"number": 4}
    with pytest.raises(OptionError, match="contains 5 snapshots of role .* of any account"):
        found(s3, "s3://snapshots/one")
    with pytest.raises(OptionError, match="contains 0 snapshots"):
        found(s3, "s3://snapshots/two", "111122223334")


@pytest.mark.parametrize(("content", "words"), [(b" " * 17_000_000, "is larger"), (None, "does not exist")])
def test_an_object_that_is_no_snapshot_is_refused(content: bytes | None, words: str):
    s3 = MemoryS3()
    if content is not None:
        s3.objects[f"one/{FILE}"] = content
    with pytest.raises(OptionError, match=words):
        found(s3, f"s3://snapshots/one/{FILE}")


def test_a_client_that_cannot_be_made_is_told_with_what_to_do():
    def make() -> Any:
        raise CallError("s3 client", "the AWS SDK", "ProfileNotFound", "no such profile")

    with pytest.raises(OptionError, match=r"cannot be read: the AWS SDK .*\(ProfileNotFound\): no such profile"):
        snapshot_s3.find(make, snapshot_s3.Bounds("snapshots", ""), "s3://snapshots/one", "role", worlds.NAME, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"snapshot_s3_bucket": "s3://snapshots"}, "snapshot_s3_bucket is 's3://snapshots'"),
        ({"snapshot_s3_bucket": "Snapshots"}, "the name of a bucket"),
        ({"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "a\nb"}, "snapshot_s3_prefix is"),
        ({"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "a//b"}, "without two consecutive slashes"),
        ({"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "//a"}, "snapshot_s3_prefix is '//a'"),
        ({"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "a///"}, "without two consecutive slashes"),
        ({"snapshot_s3_prefix": "restore"}, "without snapshot_s3_bucket"),
    ],
)
def test_names_that_s3_does_not_take_are_refused(given: dict[str, Any], words: str):
    with pytest.raises(OptionError, match=words):
        record_options(validated(RESTORE_ROLE_SPEC, OPTIONS | given))
