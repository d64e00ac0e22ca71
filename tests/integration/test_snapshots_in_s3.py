# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots in a bucket of the account that a run starts in, on either emulator, from converge to rollback."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError

from tests.emulator import cases
from tests.emulator.one_account import Host
from tests.emulator.organization import build, client, dump, root
from tests.emulator.server import Server
from tests.integration.test_kill_and_race import essence

MEMBER = next(account for account in cases.ACCOUNTS if account.case == "no-role")


@dataclass(frozen=True)
class Place:
    """An emulator with one member account, and a bucket in the management account."""

    server: Server
    s3: Any

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            "name": cases.RESTORE_ROLE,
            "assume_role_arn": f"arn:aws:iam::{MEMBER.account_id}:role/{cases.MEMBER_ROLE}",
            "appliance_principals": [cases.APPLIANCE_ARN],
            "account_id": MEMBER.account_id,
        }
        host = Host(self.server.endpoint, cases.MANAGEMENT_ACCOUNT, given | options)
        host.check_mode = check_mode
        return _tasks.restore_role(host)

    @property
    def contents(self) -> dict[str, Any]:
        return essence(dump(self.server, MEMBER.account_id))

    @property
    def objects(self) -> list[str]:
        return [stored["Key"] for stored in self.s3.list_objects_v2(Bucket="snapshots").get("Contents", [])]


@pytest.fixture(params=["ministack", "moto"])
def place(request: pytest.FixtureRequest) -> Place:
    server: Server = request.getfixturevalue(request.param)
    server.reset()
    build(server, (MEMBER,))
    s3 = client(server, "s3", root(server, cases.MANAGEMENT_ACCOUNT))
    s3.create_bucket(Bucket="snapshots")
    return Place(server, s3)


def test_a_run_is_undone_from_the_bucket(place: Place):
    before = place.contents
    bucket = {"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "restore", "run_id": "change-1"}
    place.run(check_mode=True, **bucket)
    assert (place.objects, place.contents) == ([], before)

    result = place.run(**bucket)
    key = f"restore/change-1/{MEMBER.account_id}-role-{cases.RESTORE_ROLE}.json"
    assert (result["snapshot_s3"], place.objects) == (f"s3://snapshots/{key}", [key, f"{key}l"])
    stored = json.loads(place.s3.get_object(Bucket="snapshots", Key=key)["Body"].read())
    assert {name: stored[name] for name in result["previous"]} == result["previous"]
    after = place.contents

    planned = place.run(check_mode=True, **bucket, snapshot="s3://snapshots/restore/change-1")
    assert place.contents == after
    undone = place.run(snapshot="s3://snapshots/restore/change-1", **{**bucket, "run_id": "back"})
    assert (place.contents, undone["changes"], undone["state"]) == (before, planned["changes"], "rolled_back")
    # The rollback was put there as well, so that it can be undone in turn.
    place.run(**{**bucket, "run_id": "forth"}, snapshot=undone["snapshot_s3"])
    assert place.contents == after


def test_another_run_of_the_same_name_overwrites_nothing(place: Place):
    bucket = {"snapshot_s3_bucket": "snapshots", "run_id": "change-1"}
    first = place.run(**bucket)["snapshot_s3"]
    place.run(**{**bucket, "run_id": "back"}, snapshot=first)
    second = place.run(**bucket)["snapshot_s3"]
    assert first != second
    written = {f"s3://snapshots/{key}" for key in place.objects if key.startswith("change-1/")}
    assert written == {first, f"{first}l", second, f"{second}l"}


def test_without_the_bucket_nothing_is_changed(place: Place):
    before = place.contents
    with pytest.raises(RestoreAccessError) as refused:
        place.run(snapshot_s3_bucket="no-such-bucket")
    assert place.contents == before
    assert "cannot be written to the bucket no-such-bucket (NoSuchBucket" in refused.value.message
    assert refused.value.facts["changed"] is False
    with pytest.raises(RestoreAccessError, match="does not exist"):
        place.run(snapshot="s3://no-such-bucket/change-1", snapshot_s3_bucket="no-such-bucket")


@dataclass(frozen=True)
class Signed:
    """A place whose bucket keeps versions, and a key that signs. On moto, which knows both operations of KMS."""

    place: Place
    options: dict[str, Any]

    def run(self, **more: Any) -> dict[str, Any]:
        return self.place.run(**{**self.options, **more})

    def body(self, key: str, **more: str) -> bytes:
        content: bytes = self.place.s3.get_object(Bucket="snapshots", Key=key, **more)["Body"].read()
        return content


@pytest.fixture
def signed(moto: Server) -> Signed:
    moto.reset()
    build(moto, (MEMBER,))
    credentials = root(moto, cases.MANAGEMENT_ACCOUNT)
    s3, kms = (client(moto, service, credentials) for service in ("s3", "kms"))
    s3.create_bucket(Bucket="snapshots")
    s3.put_bucket_versioning(Bucket="snapshots", VersioningConfiguration={"Status": "Enabled"})
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    bucket = {"snapshot_s3_bucket": "snapshots", "snapshot_s3_prefix": "restore", "snapshot_kms_key_id": key}
    return Signed(Place(moto, s3), bucket)


KEY = f"restore/change-1/{MEMBER.account_id}-role-{cases.RESTORE_ROLE}.json"


def test_a_signed_run_is_undone_and_an_overwritten_object_is_refused(signed: Signed):
    before = signed.place.contents
    result = signed.run(run_id="change-1")
    written, journal = signed.body(KEY), signed.body(f"{KEY}l")
    told = json.loads(journal.splitlines()[0])["snapshot"]
    assert (told["s3_version_id"], told["sha256"]) == (result["snapshot_s3_version_id"], result["snapshot_sha256"])
    assert signed.body(KEY, VersionId=told["s3_version_id"]) == written
    after = signed.place.contents

    signed.place.s3.put_object(Bucket="snapshots", Key=KEY, Body=written.replace(b"sts:AssumeRole", b"sts:*"))
    with pytest.raises(RestoreAccessError, match=f"Restore the object's version {told['s3_version_id']}"):
        signed.run(run_id="back", snapshot="s3://snapshots/restore/change-1")
    signed.place.s3.put_object(Bucket="snapshots", Key=KEY, Body=signed.body(KEY, VersionId=told["s3_version_id"]))

    forged = journal.replace(b'"mac": "', b'"mac": "AAAA')
    for content, words in (
        (forged, "does not follow"),
        (journal.splitlines(True)[0].replace(b'"mac": "', b'"mac": "AAAA'), ""),
    ):
        signed.place.s3.put_object(Bucket="snapshots", Key=f"{KEY}l", Body=content)
        with pytest.raises(RestoreAccessError, match=words or "it was not signed with this key"):
            signed.run(run_id="back", snapshot=f"s3://snapshots/{KEY}")
    assert signed.place.contents == after

    signed.place.s3.put_object(Bucket="snapshots", Key=f"{KEY}l", Body=journal)
    planned = signed.run(check_mode=True, run_id="back", snapshot="s3://snapshots/restore/change-1")
    undone = signed.run(run_id="back", snapshot="s3://snapshots/restore/change-1")
    assert (signed.place.contents, undone["changes"]) == (before, planned["changes"])


def test_what_another_key_signed_is_refused_and_a_lost_key_stops_the_run(signed: Signed):
    signed.run(run_id="change-1")
    after = signed.place.contents
    kms = client(signed.place.server, "kms", root(signed.place.server, cases.MANAGEMENT_ACCOUNT))
    other = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    with pytest.raises(RestoreAccessError, match="it was not signed with this key"):
        signed.run(snapshot="s3://snapshots/restore/change-1", snapshot_kms_key_id=other)
    with pytest.raises(RestoreAccessError, match="cannot be signed with snapshot_kms_key_id .*NotFoundException"):
        signed.run(state="absent", snapshot_kms_key_id="1234abcd-12ab-34cd-56ef-1234567890ab")
    assert signed.place.contents == after
