# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rollback undoes what the journal of that run says was done, refuses what was changed since, and writes nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.records import key_region, record_options
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import DEFAULT_POLICY_NAME
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.records import chain, snapshot_s3

from tests.unit.memory_iam import IamError, MemoryIam
from tests.unit.memory_kms import MemoryKms
from tests.unit.memory_s3 import MemoryS3
from tests.unit.principal import worlds
from tests.unit.principal.running import Services, run, undone, validated, writes
from tests.unit.principal.scenes import APPLIANCE, BACKUP, EVERYTHING, OPTIONS, OURS, account, role
from tests.unit.principal.test_interrupted import Killed, stop_after

ACCOUNT = "111122223333"
FILE = f"{ACCOUNT}-role-{worlds.NAME}.json"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{worlds.NAME}"
OUR_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/{DEFAULT_POLICY_NAME}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACKER = worlds.admit({"AWS": "arn:aws:iam::666677778888:root"}, Sid="Attacker")


def ready() -> MemoryIam:
    """An account in which a run has something to do about trust, permissions, an attachment and a tag."""
    iam = account(BACKUP, inline={}, tags={"team": "theirs"})
    iam.add_policy("AdministratorAccess", EVERYTHING, owner="aws")
    iam.add_policy("OtherTeam", worlds.document(worlds.allow("s3:GetObject")))
    return iam


@dataclass
class Place:
    """A run that was recorded in a directory and in a bucket."""

    iam: MemoryIam
    directory: Path
    services: Services
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Path:
        return self.directory / "snapshots" / "one" / FILE

    @property
    def journal(self) -> Path:
        return Path(f"{self.snapshot}l")

    @property
    def uri(self) -> str:
        return f"s3://records/restore/one/{FILE}"

    def undo(self, snapshot: object = None, *, check: bool = False, **more: Any) -> dict[str, Any]:
        where = {"snapshot_s3_bucket": "records", "snapshot_s3_prefix": "restore", "run_id": "back"}
        key = {name: self.options[name] for name in ("snapshot_kms_key_id",) if name in self.options}
        given = {
            "name": worlds.NAME,
            "snapshot": str(self.snapshot) if snapshot is None else snapshot,
            **where,
            **key,
            **more,
        }
        return undone(self.iam, given, check=check, services=self.services)

    def refuses(self, words: str, snapshot: object = None, **more: Any) -> str:
        """Whether it is done or looked at, and nothing is written."""
        before = self.iam.contents()
        for check in (True, False):
            start = len(self.iam.calls)
            with pytest.raises(RestoreAccessError, match=words) as refused:
                self.undo(snapshot, check=check, **more)
            assert (writes(self.iam, start), self.iam.contents()) == ([], before)
        return refused.value.message


def recorded(directory: Path, iam: MemoryIam | None = None, **more: Any) -> Place:
    place = Place(iam or ready(), directory, Services(MemoryS3(), MemoryKms()), more)
    where = {"snapshot_directory": str(directory / "snapshots"), "journal_directory": str(directory / "journal")}
    bucket = {"snapshot_s3_bucket": "records", "snapshot_s3_prefix": "restore", "run_id": "one"}
    run(place.iam, {**OPTIONS, "tags": {"team": "ours"}, **where, **bucket, **more}, services=place.services)
    return place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return recorded(tmp_path)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def rewritten(entries: list[dict[str, Any]]) -> bytes:
    """A journal as somebody writes it who knows how: with a chain that holds."""
    whole: list[bytes] = []
    for entry in entries:
        fields = {key: value for key, value in entry.items() if key not in (chain.PREVIOUS, "mac")}
        whole.append(chain.line(fields, whole[-1] if whole else None))
    return b"".join(line + b"\n" for line in whole)


# What a run writes down


def test_the_same_journal_is_beside_each_snapshot_and_in_that_of_the_account(place: Place):
    s3 = place.services.s3
    key = f"restore/one/{FILE}"
    assert place.journal.read_bytes() == s3.objects[f"{key}l"]
    assert place.journal.read_bytes() == (place.directory / "journal" / f"{ACCOUNT}.jsonl").read_bytes()
    first, *others, last = lines(place.journal)
    assert first["snapshot"] == {
        "sha256": chain.sha256(place.snapshot.read_bytes()),
        "file": str(place.snapshot),
        "s3": place.uri,
        "s3_version_id": "L4kqtJlcpXroDTDmpUMLUo1",
    }
    assert first["principal"] == {"arn": ROLE, "principal_type": "role", "name": worlds.NAME}
    assert {one["outcome"] for one in others} == {"begun", "made"}
    assert (last["outcome"], {one["run_id"] for one in lines(place.journal)}) == ("ended", {"one"})


def test_each_line_holds_the_hash_of_the_one_before(place: Place):
    whole = place.journal.read_bytes().splitlines()
    hashes = [None, *(chain.sha256(line) for line in whole[:-1])]
    assert [one["previous_sha256"] for one in lines(place.journal)] == hashes


def test_two_runs_at_one_account_have_a_chain_each(tmp_path: Path):
    place = recorded(tmp_path)
    place.undo(snapshot_directory=str(tmp_path / "snapshots"), journal_directory=str(tmp_path / "journal"))
    of_the_account = (tmp_path / "journal" / f"{ACCOUNT}.jsonl").read_bytes()
    back = tmp_path / "snapshots" / "back" / f"{FILE}l"
    assert of_the_account == place.journal.read_bytes() + back.read_bytes()


def test_the_journal_is_in_the_bucket_before_each_change(tmp_path: Path):
    """A pod that is killed leaves nothing else behind."""
    iam, s3 = ready(), MemoryS3()
    seen: list[tuple[str, str]] = []

    def fail(operation: str, _arguments: dict[str, Any]) -> None:
        if not operation.startswith(("Get", "List")):
            last = json.loads(s3.objects[f"one/{FILE}l"].splitlines()[-1])
            seen.append((operation, last["operation"]))

    iam.fail = fail
    run(iam, {**OPTIONS, "snapshot_s3_bucket": "records", "run_id": "one"}, services=Services(s3))
    assert len(seen) >= 3
    assert all(called == begun for called, begun in seen)


def test_a_journal_that_cannot_be_put_into_the_bucket_stops_the_run():
    iam, s3 = ready(), MemoryS3()
    put = s3.put_object

    def refuse(**arguments: Any) -> dict[str, Any]:
        if arguments["Key"].endswith("l"):
            raise IamError("AccessDenied", "no")
        return put(**arguments)

    s3.put_object = refuse  # type: ignore[method-assign]
    with pytest.raises(RestoreAccessError, match="the journal cannot be written to the bucket records"):
        run(iam, {**OPTIONS, "snapshot_s3_bucket": "records"}, services=Services(s3))
    assert writes(iam) == []


@pytest.mark.parametrize("by", ["file", "run", "object", "prefix"])
def test_what_the_run_wrote_is_undone_from_there(place: Place, by: str):
    before = ready().contents()
    snapshots = {
        "file": str(place.snapshot),
        "run": str(place.snapshot.parent),
        "object": place.uri,
        "prefix": "s3://records/restore/one/",
    }
    place.undo(snapshots[by])
    assert place.iam.contents() == before


# Edited snapshots


def put_trust(snapshot: dict[str, Any]) -> None:
    snapshot["trust"]["Statement"].append(ATTACKER)


def put_attachment(snapshot: dict[str, Any]) -> None:
    snapshot["attachments"].append(ADMINISTRATOR)
    snapshot["permissions"][ADMINISTRATOR] = EVERYTHING
    detached = {"RoleName": worlds.NAME, "PolicyArn": ADMINISTRATOR}
    snapshot["operations"].append({"operation": "DetachRolePolicy", "target": ROLE, "arguments": detached})


def put_policy(snapshot: dict[str, Any]) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/OtherTeam"
    snapshot["own_policies"] = [
        {"arn": arn, "default_version": "v9", "versions": ["v9"], "document": EVERYTHING, "description": "", "tags": {}}
    ]
    version = {"PolicyArn": arn, "PolicyDocument": "{}", "SetAsDefault": True}
    snapshot["operations"].append({"operation": "CreatePolicyVersion", "target": arn, "arguments": version})


def put_role(snapshot: dict[str, Any]) -> None:
    snapshot["exists"] = True
    snapshot["name"], snapshot["arn"] = "Backdoor", f"arn:aws:iam::{ACCOUNT}:role/Backdoor"


def put_inline(snapshot: dict[str, Any]) -> None:
    snapshot["permissions"]["everything"] = EVERYTHING
    deleted = {"RoleName": worlds.NAME, "PolicyName": "everything"}
    snapshot["operations"].append({"operation": "DeleteRolePolicy", "target": ROLE, "arguments": deleted})


def put_no_boundary(snapshot: dict[str, Any]) -> None:
    snapshot["settings"]["permissions_boundary"] = ADMINISTRATOR


def put_a_space(_snapshot: dict[str, Any]) -> None:
    """No change of what it says, but another file."""


EDITS = [put_trust, put_attachment, put_policy, put_role, put_inline, put_no_boundary, put_a_space]


def edited(path: Path, edit: Callable[[dict[str, Any]], None]) -> bytes:
    snapshot = json.loads(path.read_text())
    edit(snapshot)
    return json.dumps(snapshot).encode()


@pytest.mark.parametrize("edit", EDITS)
def test_a_snapshot_edited_by_hand_is_refused(place: Place, edit: Any):
    digest = chain.sha256(place.snapshot.read_bytes())
    place.snapshot.write_bytes(edited(place.snapshot, edit))
    told = place.refuses(
        "is not what the run wrote: its SHA-256 is .*Restore the object's version L4kqtJ",
        place.snapshot.parent.as_posix(),
    )
    assert digest in told


@pytest.mark.parametrize("edit", EDITS)
def test_an_object_that_was_overwritten_is_refused(place: Place, edit: Any):
    """The message names the version that the run put there."""
    place.services.s3.put_object(Key=f"restore/one/{FILE}", Body=edited(place.snapshot, edit))
    place.refuses(
        "is not what the run wrote: .*the object's version L4kqtJlcpXroDTDmpUMLUo1, which the run put", place.uri
    )


@pytest.mark.parametrize("edit", [put_trust, put_attachment, put_policy, put_inline, put_no_boundary])
def test_what_the_journal_does_not_say_is_not_undone(place: Place, edit: Any):
    """Though the digest is right: whoever edits the snapshot and its digest still has the journal to go by."""
    before = place.iam.contents()
    place.snapshot.write_bytes(edited(place.snapshot, edit))
    entries = lines(place.journal)
    entries[0]["snapshot"]["sha256"] = chain.sha256(place.snapshot.read_bytes())
    place.journal.write_bytes(rewritten([one for one in entries if one.get("operation") != "UpdateAssumeRolePolicy"]))
    place.undo()
    assert ATTACKER not in role(place.iam).trust["Statement"]
    assert (role(place.iam).attached, role(place.iam).inline, role(place.iam).boundary) == ([], {}, None)
    other = f"arn:aws:iam::{ACCOUNT}:policy/OtherTeam"
    assert place.iam.policies[other] == before["policies"].get(other, place.iam.policies[other])
    assert "OtherTeam" not in str(
        [arguments for name, arguments in place.iam.calls if name.startswith(("Create", "Set", "Delete"))]
    )


def test_another_teams_policy_is_not_written_whatever_the_journal_says(place: Place):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/OtherTeam"
    place.snapshot.write_bytes(edited(place.snapshot, put_policy))
    entries = lines(place.journal)
    entries[0]["snapshot"]["sha256"] = chain.sha256(place.snapshot.read_bytes())
    for name, more in (("CreatePolicyVersion", {"PolicyDocument": "{}"}), ("DeletePolicyVersion", {"VersionId": "v9"})):
        entries.append(entries[1] | {"operation": name, "target": arn, "arguments": {"PolicyArn": arn, **more}})
    place.journal.write_bytes(rewritten(entries))
    before = place.iam.contents()["policies"][arn]
    result = place.undo()
    assert place.iam.contents()["policies"][arn] == before
    assert any(one.startswith(f"{arn} was left in place") for one in result["left_in_place"])


# Snapshot and journal of another run, principal or account


def test_a_snapshot_without_its_journal_is_refused(place: Place):
    place.journal.unlink()
    place.refuses("there is no journal .*restore_role with state: absent removes what this collection added")
    del place.services.s3.objects[f"restore/one/{FILE}l"]
    place.refuses(r"there is no journal s3://records/restore/one/.*\.jsonl", place.uri)


@pytest.mark.parametrize("data", [{"trust": {}}, [], 5, True])
def test_data_is_refused(place: Place, data: Any):
    """Nothing shows whose it is."""
    place.refuses("snapshot must be the path or URI that a run wrote", data)


def test_what_a_run_returned_as_previous_is_refused(place: Place):
    place.refuses("Set snapshot to the snapshot_file or snapshot_s3", json.loads(place.snapshot.read_text()))


@pytest.mark.parametrize("what", ["snapshot", "journal"])
def test_only_the_snapshot_or_the_journal_of_another_run_is_refused(place: Place, what: str):
    run(
        place.iam,
        {
            **OPTIONS,
            "tags": {"team": "again"},
            "snapshot_directory": str(place.directory / "snapshots"),
            "run_id": "two",
        },
    )
    path = Path(getattr(place, what))
    shutil.copy(place.directory / "snapshots" / "two" / path.name, path)
    place.refuses("is not what the run wrote")


def name_principal(entry: dict[str, Any]) -> None:
    entry["principal"] = {"arn": f"arn:aws:iam::{ACCOUNT}:role/Other", "principal_type": "role", "name": "Other"}


def name_account(entry: dict[str, Any]) -> None:
    entry["account_id"] = "999988887777"


def name_user(entry: dict[str, Any]) -> None:
    entry["principal"]["principal_type"] = "user"


def name_run(entry: dict[str, Any]) -> None:
    entry["run_id"] = "two"


def name_no_principal(entry: dict[str, Any]) -> None:
    del entry["principal"]


@pytest.mark.parametrize("edit", [name_principal, name_account, name_user, name_run, name_no_principal])
def test_a_journal_that_names_another_is_refused(place: Place, edit: Any):
    """Principal, account, kind or run."""
    entries = lines(place.journal)
    edit(entries[0])
    if edit in (name_account, name_run):
        for entry in entries:
            edit(entry)
    place.journal.write_bytes(rewritten(entries))
    place.refuses("Use a snapshot with its own journal next to it")


OTHERS = [
    ("DetachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/Other", {"RoleName": "Other", "PolicyArn": ADMINISTRATOR}),
    ("DetachRolePolicy", ROLE, {"RoleName": "Other", "PolicyArn": ADMINISTRATOR}),
    ("DeleteRole", f"arn:aws:iam::{ACCOUNT}:role/Other", {"RoleName": worlds.NAME}),
    (
        "DetachUserPolicy",
        f"arn:aws:iam::{ACCOUNT}:user/{worlds.NAME}",
        {"UserName": worlds.NAME, "PolicyArn": ADMINISTRATOR},
    ),
    (
        "DeletePolicy",
        "arn:aws:iam::999988887777:policy/Theirs",
        {"PolicyArn": "arn:aws:iam::999988887777:policy/Theirs"},
    ),
    ("DeletePolicy", OUR_POLICY, {"PolicyArn": ADMINISTRATOR}),
    ("DeletePolicy", ADMINISTRATOR, {"PolicyArn": ADMINISTRATOR}),
]


@pytest.mark.parametrize(("operation", "target", "arguments"), OTHERS)
def test_an_operation_on_another_principal_or_policy_is_refused(
    place: Place, operation: str, target: str, arguments: dict[str, Any]
):
    entries = lines(place.journal)
    begun = next(one for one in entries if one["outcome"] == "begun")
    entries.append(begun | {"operation": operation, "target": target, "arguments": arguments})
    place.journal.write_bytes(rewritten(entries))
    place.refuses("which is not .* or a policy of its account|cannot be read")


# Edited journals


def without(place: Place, *numbers: int) -> bytes:
    whole = place.journal.read_bytes().splitlines(keepends=True)
    return b"".join(line for number, line in enumerate(whole) if number not in numbers)


def one_word(place: Place) -> bytes:
    return place.journal.read_bytes().replace(b'"outcome": "made"', b'"outcome": "failed"', 1)


def first_gone(place: Place) -> bytes:
    return without(place, 0)


def middle_gone(place: Place) -> bytes:
    return without(place, 2)


def swapped(place: Place) -> bytes:
    whole = place.journal.read_bytes().splitlines(keepends=True)
    return b"".join([whole[0], whole[2], whole[1], *whole[3:]])


def twice(place: Place) -> bytes:
    whole = place.journal.read_bytes().splitlines(keepends=True)
    return b"".join([*whole[:2], *whole[1:]])


def last_word(place: Place) -> bytes:
    whole = place.journal.read_bytes().splitlines(keepends=True)
    return b"".join([*whole[:-1], b"edited\n"])


def one_more(place: Place) -> bytes:
    whole = place.journal.read_bytes()
    return whole + json.dumps(json.loads(whole.splitlines()[1]) | {"operation": "DeleteRole"}).encode() + b"\n"


def spaces(place: Place) -> bytes:
    return b"".join(
        json.dumps(one, indent=None, separators=(",", ":")).encode() + b"\n" for one in lines(place.journal)
    )


def emptied(_place: Place) -> bytes:
    return b""


def no_journal(_place: Place) -> bytes:
    return b"\x00\xff\n" * 10


def another_version(place: Place) -> bytes:
    return rewritten([one | {"schema_version": 1} for one in lines(place.journal)])


@pytest.mark.parametrize(
    "edit",
    [
        one_word,
        first_gone,
        middle_gone,
        swapped,
        twice,
        last_word,
        one_more,
        spaces,
        emptied,
        no_journal,
        another_version,
    ],
)
def test_a_journal_edited_by_hand_is_refused(place: Place, edit: Any):
    content = edit(place)
    place.journal.write_bytes(content)
    words = "was changed after the run, or part of it is missing|was written by another version"
    place.refuses(words)
    place.services.s3.objects[f"restore/one/{FILE}l"] = content
    place.refuses(words, place.uri)


def test_a_journal_behind_a_link_is_refused(place: Place):
    theirs = place.directory / "theirs"
    shutil.move(place.journal, theirs)
    place.journal.symlink_to(theirs)
    place.refuses(r"cannot be read \(Too many levels of symbolic links\)")


def test_a_pipe_in_its_place_is_not_waited_for(place: Place):
    place.journal.unlink()
    os.mkfifo(place.journal)
    place.refuses(r"cannot be read \(it is not a regular file\)")


@pytest.mark.parametrize("count", range(1, 9))
def test_a_truncated_journal_undoes_what_is_left_of_it(place: Place, count: int):
    """Like that of a run that was killed: nothing else is written."""
    whole = place.journal.read_bytes().splitlines(keepends=True)[:count]
    place.journal.write_bytes(b"".join(whole))
    begun = [one["operation"] for one in lines(place.journal) if one["outcome"] == "begun"]
    result = place.undo()
    inverse = {
        "CreatePolicy": "DeletePolicy",
        "AttachRolePolicy": "DetachRolePolicy",
        "UpdateAssumeRolePolicy": "UpdateAssumeRolePolicy",
        "TagRole": "TagRole",
    }
    done = {one["operation"] for one in result["changes"]}
    assert done <= {inverse[one] for one in begun}
    assert ATTACKER not in role(place.iam).trust["Statement"]


def test_a_line_that_a_crash_left_unfinished_is_none(place: Place):
    whole = place.journal.read_bytes().splitlines(keepends=True)
    place.journal.write_bytes(b"".join(whole[:-1]) + whole[-1][:20])
    place.undo()
    assert place.iam.contents() == ready().contents()


@pytest.mark.parametrize("count", range(5))
def test_a_run_that_was_killed_is_undone_as_far_as_it_came(tmp_path: Path, count: int):
    """From the file and from the bucket, though its journal has no end."""
    for by_uri in (False, True):
        iam, services = ready(), Services(MemoryS3())
        place = Place(iam, tmp_path / str(by_uri), services)
        where = {"snapshot_directory": str(place.directory / "snapshots"), "run_id": "one"}
        stop_after(iam, count)
        given = {
            **OPTIONS,
            "tags": {"team": "ours"},
            **where,
            "snapshot_s3_bucket": "records",
            "snapshot_s3_prefix": "restore",
        }
        try:
            run(iam, given, services=services)
        except Killed:
            assert "ended" not in {one["outcome"] for one in lines(place.journal)}
        iam.fail = lambda _operation, _arguments: None
        place.undo(place.uri if by_uri else None)
        assert iam.contents() == ready().contents()


def test_what_aws_refused_is_not_undone(tmp_path: Path):
    """Somebody else has attached the policy since, which the run was not allowed to."""
    iam = ready()
    iam.add_policy(DEFAULT_POLICY_NAME, worlds.document(worlds.allow(worlds.ACTIONS)), **OURS)
    iam.fail = lambda name, _arguments: IamError("AccessDenied", "no") if name == "AttachRolePolicy" else None
    with pytest.raises(RestoreAccessError, match="not allowed to call iam:AttachRolePolicy"):
        recorded(tmp_path, iam, policy_name=DEFAULT_POLICY_NAME)
    iam.fail = lambda _operation, _arguments: None
    role(iam).attached = [OUR_POLICY]
    Place(iam, tmp_path, Services(MemoryS3())).undo()
    assert role(iam).attached == [OUR_POLICY]


def test_a_rollback_admits_nobody_but_whom_the_run_put_out(tmp_path: Path):
    """A statement that somebody has taken away since stays away."""
    theirs, taken = (
        worlds.admit({"AWS": f"arn:aws:iam::{number}:root"}, Sid=f"S{number}")
        for number in ("777788889999", "888899990000")
    )
    iam = account(APPLIANCE, theirs, taken, inline={})
    place = recorded(tmp_path, iam)
    trust = role(iam).trust["Statement"]
    trust.remove(taken)
    place.undo()
    assert role(iam).trust["Statement"] == [APPLIANCE, theirs]


# S3


@pytest.mark.parametrize(
    "uri",
    [
        f"s3://theirs/restore/one/{FILE}",
        "s3://theirs/restore/one",
        f"s3://records/other/one/{FILE}",
        f"s3://records/restore-2/one/{FILE}",
        f"s3://records/one/{FILE}",
        "s3://records/restore",
        "s3://records/restore/",
        "s3://records",
        "s3://",
        f"s3://records/restore/../theirs/one/{FILE}",
        "s3://records/restore/..",
        f"s3://records/restore/a/one/{FILE}",
        "s3://records/restore/one/theirs.json",
        f"s3://records/restore/one/{FILE}l",
        f"s3://records/restore/one/{FILE}\n",
        f"s3://records/restore/one/{FILE}?versionId=1",
        f"s3://records.theirs/restore/one/{FILE}",
        f"s3://RECORDS/restore/one/{FILE}",
    ],
)
def test_a_uri_outside_the_bucket_and_prefix_is_not_read(place: Place, uri: str):
    calls: list[str] = []
    s3 = place.services.s3
    s3.get_object = lambda **arguments: calls.append(arguments["Key"])
    s3.list_objects_v2 = lambda **arguments: calls.append(arguments["Prefix"])
    place.refuses("is not where a run writes. A rollback reads from s3://records/restore/RUN only", uri)
    assert calls == []


def test_without_a_bucket_nothing_is_read_from_s3(place: Place):
    place.refuses("snapshot_s3_bucket is not set", place.uri, snapshot_s3_bucket=None, snapshot_s3_prefix="")


def test_the_bounds_of_a_bucket_without_a_prefix():
    bounds = snapshot_s3.Bounds("records", "")
    assert bounds.split(f"s3://records/one/{FILE}") == ("records", "one/", FILE)
    assert bounds.split("s3://records/one") == bounds.split("s3://records/one/") == ("records", "one/", "")
    with pytest.raises(OptionError):
        bounds.split(f"s3://records/restore/one/{FILE}")


# KMS


@pytest.fixture
def signed(tmp_path: Path) -> Place:
    return recorded(tmp_path, snapshot_kms_key_id="key")


def test_what_the_key_has_signed_is_undone(signed: Place):
    """One call for each line that is written, and one for a rollback."""
    kms = signed.services.kms
    assert kms.calls == ["GenerateMac"] * len(lines(signed.journal))
    kms.calls.clear()
    assert signed.undo(check=True)["changed"]
    assert kms.calls == ["VerifyMac"]
    signed.undo(signed.uri)
    assert signed.iam.contents() == ready().contents()


def test_what_is_signed_is_undone_without_the_key_as_well(signed: Place):
    signed.options.clear()
    signed.undo()
    assert signed.iam.contents() == ready().contents()


def test_what_is_not_signed_is_refused(place: Place):
    place.options["snapshot_kms_key_id"] = "key"
    place.refuses("is refused, since snapshot_kms_key_id key is set and it is not signed")


@pytest.mark.parametrize("edit", EDITS)
def test_a_forged_snapshot_is_refused(signed: Place, edit: Any):
    """Its digest is right, and so is the chain of the journal, but for the signatures."""
    signed.snapshot.write_bytes(edited(signed.snapshot, edit))
    entries = lines(signed.journal)
    entries[0]["snapshot"]["sha256"] = chain.sha256(signed.snapshot.read_bytes())
    signed.journal.write_bytes(rewritten(entries))
    signed.refuses("is not signed")
    macs = [one["mac"].encode() for one in entries]
    whole: list[bytes] = []
    for entry, mac in zip(entries, macs, strict=True):
        fields = {key: value for key, value in entry.items() if key not in (chain.PREVIOUS, "mac")}
        whole.append(chain.line(fields, whole[-1] if whole else None, lambda _line, mac=mac: mac.decode()))
    signed.journal.write_bytes(b"".join(line + b"\n" for line in whole))
    signed.refuses("it was not signed with this key, or was changed since")


def test_a_line_appended_to_a_signed_journal_is_refused(signed: Place):
    begun = lines(signed.journal)[1]
    last = signed.journal.read_bytes().splitlines()[-1]
    detached = {"operation": "DetachRolePolicy", "arguments": {"RoleName": worlds.NAME, "PolicyArn": ADMINISTRATOR}}
    fields = {key: value for key, value in begun.items() if key not in (chain.PREVIOUS, "mac")} | detached
    for sign in (None, lambda _line: begun["mac"], lambda _line: "AAAA"):
        signed.journal.write_bytes(
            signed.journal.read_bytes().split(last)[0] + last + b"\n" + chain.line(fields, last, sign) + b"\n"
        )
        signed.refuses("is refused, since snapshot_kms_key_id key is set and it")


def test_another_key_is_refused_and_the_file_cannot_choose_it(signed: Place):
    signed.services.kms.keys["theirs"] = b"theirs"
    signed.options["snapshot_kms_key_id"] = "theirs"
    signed.refuses("it was not signed with this key")


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotFoundException", "DisabledException"])
def test_what_cannot_be_verified_is_refused(signed: Place, code: str):
    signed.services.kms.fail = [IamError(code, "told by KMS")] * 2
    signed.refuses(rf"cannot be verified \({code}: told by KMS\).*Grant kms:VerifyMac on that key")


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotFoundException", "KMSInvalidStateException"])
def test_nothing_is_changed_that_cannot_be_signed(tmp_path: Path, code: str):
    iam, kms = ready(), MemoryKms()
    kms.fail = [IamError(code, "told by KMS")]
    given = {**OPTIONS, "snapshot_directory": str(tmp_path), "snapshot_kms_key_id": "key"}
    with pytest.raises(RestoreAccessError, match=rf"cannot be signed .* \({code}: told by KMS\).*Nothing was changed"):
        run(iam, given, services=Services(kms=kms))
    assert writes(iam) == []


def test_what_was_made_is_made_though_it_cannot_be_signed_any_more(tmp_path: Path):
    """That it was begun is signed, so that it counts as possibly made."""
    iam, kms = account(BACKUP), MemoryKms()
    made: list[bool] = []

    def fail(operation: str, _arguments: dict[str, Any]) -> None:
        if operation == "UpdateAssumeRolePolicy":
            made.append(True)
            kms.fail = [IamError("ThrottlingException", "")] * 9

    iam.fail = fail
    place = Place(iam, tmp_path, Services(MemoryS3(), kms), {"snapshot_kms_key_id": "key"})
    given = {
        **OPTIONS,
        "snapshot_directory": str(tmp_path / "snapshots"),
        "run_id": "one",
        "snapshot_kms_key_id": "key",
    }
    assert run(iam, given, services=place.services)["changed"]
    kms.fail.clear()
    assert [one["outcome"] for one in lines(place.journal)] == ["snapshot", "begun"]
    iam.fail = lambda _operation, _arguments: None
    place.undo()
    assert (len(made), role(iam).trust["Statement"]) == (1, [BACKUP])


@pytest.mark.parametrize(
    ("key_id", "region"),
    [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", None),
        ("mrk-1234abcd12ab34cd56ef1234567890ab", None),
        ("alias/cloudrestore", None),
        ("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "eu-west-1"),
        ("arn:aws-cn:kms:cn-north-1:111122223333:alias/cloudrestore", "cn-north-1"),
    ],
)
def test_a_key_is_named_as_kms_takes_it(key_id: str, region: str | None):
    assert key_region(key_id) == region


@pytest.mark.parametrize("key_id", ["a key", "arn:aws:iam::111122223333:role/x", "key\n", "alias/"])
def test_what_is_no_key_is_refused(key_id: str):
    given = {**OPTIONS, "snapshot_directory": "snapshots", "snapshot_kms_key_id": key_id}
    with pytest.raises(OptionError, match="snapshot_kms_key_id is .* It must be a key ID, an alias"):
        record_options(validated(RESTORE_ROLE_SPEC, given))


def test_a_key_without_anything_to_sign_is_refused():
    with pytest.raises(OptionError, match="nothing would be signed"):
        record_options(validated(RESTORE_ROLE_SPEC, {**OPTIONS, "snapshot_kms_key_id": "key"}))
