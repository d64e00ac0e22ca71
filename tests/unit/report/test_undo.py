# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report says who ran what and how it is undone: by a command that holds no secret, and runs nothing that somebody wrote into a result."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._report import build, html_page, terminal
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.commands import Run, advice
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.console_link import console_link
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.given import ExtraVars, given
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.undo import undo_of

from tests.unit.report import fleets

RUN_ID = "converge-20260131T120000Z"
PLACE = f"/srv/my reports/snapshots/{RUN_ID}"
CALLER = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
GIVEN = given(
    [],
    [ExtraVars("restore_access_match=effect token=hunter22", {"restore_access_match": "effect", "token": "hunter22"})],
)
RUN = Run(given=GIVEN, limit="Prod", versions={"ansible-core": "2.19.4"})


def changed(account_id: str, place: str = PLACE, s3: str = "") -> dict[str, Any]:
    name = f"{account_id}-role-Veeam.json"
    stored = {"snapshot_file": f"{place}/{name}" if place else "", "snapshot_s3": f"{s3}/{name}" if s3 else ""}
    return fleets.of(fleets.no_backup_trust(check=False), account_id) | stored | {"snapshot_sha256": "0" * 64}


def fleet(**more: Any) -> list[dict[str, Any]]:
    return [
        {"host": "orders", "result": changed("111122223333", **more)},
        {"host": "it's", "result": changed("222233334444", **more)},
        {"host": "payments", "result": fleets.compliant(check_mode=False)},
    ]


def built(results: Any, run: Run = RUN, **options: Any) -> build.Built:
    asked = {"inventory": ["i.yml"], "run_id": RUN_ID, "caller": CALLER, "name": "converge", **options}
    return build.build(fleets.params(results=results, **asked), fleets.VERSION, fleets.WHEN, (), run)


def test_the_report_says_who_ran_what():
    (record,) = built(fleet()).report["runs"]
    assert {key: record[key] for key in ("name", "run_id", "caller", "mode", "limit", "inventory", "versions")} == {
        "name": "converge",
        "run_id": RUN_ID,
        "caller": CALLER,
        "mode": "apply",
        "limit": "Prod",
        "inventory": ["i.yml"],
        "versions": {"ansible-core": "2.19.4"},
    }
    assert record["secrets"] == ["token"]
    assert "restore_access_match" in record["options"]


def test_a_run_that_only_looked_says_check_and_has_nothing_to_undo():
    (record,) = built([{"host": "orders", "result": fleets.no_backup_trust()}]).report["runs"]
    assert (record["mode"], record["undo"]) == ("check", [])


def test_it_is_undone_in_the_accounts_that_it_changed_after_a_look():
    (record,) = built(fleet()).report["runs"]
    (undo,) = record["undo"]
    assert (undo["snapshots"], undo["accounts"]) == (PLACE, 2)
    check, apply = [command["text"] for command in undo["commands"]]
    assert check == f"{apply} --check --diff"
    words = shlex.split(apply)
    assert words[:6] == ["ansible-playbook", "-i", "i.yml", "cloudrestore.aws.rollback", "--limit", "it's,orders"]
    assert json.loads(words[-1]) == {"restore_access_snapshot": PLACE}
    assert "token" in undo["note"]


def test_each_account_has_its_own_undo():
    report = built(fleet()).report
    data = html_page.data(report, RUN)
    details = {row[0]: _unpacked(data["table"], row[-1], row) for row in data["accounts"]}
    assert details["payments"]["undo"] == []
    check, apply = [command["text"] for command in details["orders"]["undo"]]
    assert check.endswith("--check --diff")
    assert shlex.split(apply)[5:6] == ["orders"]


def _unpacked(table: list[Any], place: int, row: list[Any]) -> Any:
    value = table[place]
    if isinstance(value, str):
        return value.replace("\ue000a", row[1]).replace("\ue000h", row[0])
    kind, *parts = value
    if kind == 2:
        return parts[0]
    found = [_unpacked(table, part, row) for part in parts]
    return found if kind == 0 else dict(zip(found[::2], found[1::2], strict=True))


def test_no_format_holds_a_secret_and_each_says_how_it_is_undone():
    report = built(fleet()).report
    texts = {name: build.render(name, report, RUN).decode() for name in build.FORMATS}
    texts["lines"] = "\n".join(terminal.lines(report))
    for name, text in texts.items():
        assert "hunter22" not in text
        assert RUN_ID in text, name
    for name in ("json", "html", "markdown", "lines"):
        assert CALLER in texts[name]
        assert "cloudrestore.aws.rollback" in texts[name], name
    assert len(terminal.lines(report)) < 15


def test_in_s3_the_prefix_of_the_run_is_given():
    s3 = f"s3://my-reports/cloudrestore/snapshots/{RUN_ID}"
    (record,) = built(fleet(place="", s3=s3)).report["runs"]
    assert f"-e restore_access_snapshot={s3}" in record["undo"][0]["commands"][0]["text"]


def test_a_rollback_is_a_run_of_its_own():
    """Whatever ID the run was given, a rollback under the same would write beside what it undoes."""
    run = Run(given=given([], [ExtraVars("restore_access_run_id=nightly", {"restore_access_run_id": "nightly"})]))
    (undo,) = undo_of(built(fleet()).report["accounts"], run)
    assert undo["commands"][1]["text"].endswith(f"-e restore_access_run_id=rollback-{RUN_ID}")


SNAPSHOT = "restore_access_snapshot"
ROLLED_BACK_FROM = "/srv/reports/snapshots/converge-1"


@pytest.mark.parametrize(
    "extra",
    [
        ExtraVars(f"{SNAPSHOT}={ROLLED_BACK_FROM} team=a", {SNAPSHOT: ROLLED_BACK_FROM, "team": "a"}),
        ExtraVars(json.dumps({"team": "a", SNAPSHOT: ROLLED_BACK_FROM}), {"team": "a", SNAPSHOT: ROLLED_BACK_FROM}),
    ],
)
def test_after_a_rollback_no_command_is_about_what_it_went_back_to(extra: ExtraVars):
    """But that of an account in which it failed. The report still says what the rollback was given."""
    run = Run(given=given([], [extra]), versions={"python": "3"})
    results = [*fleet(), {"host": "refused", "result": fleets.REFUSED}]
    made = built(results, run, name="rollback")
    (record,) = made.report["runs"]
    assert ROLLED_BACK_FROM in record["options"]
    for command in record["undo"][0]["commands"]:
        words = shlex.split(command["text"])
        assert [word for word in words if SNAPSHOT in word] == [json.dumps({SNAPSHOT: PLACE})]
        assert '{"team": "a"}' in words
    refused = next(entry for entry in made.report["accounts"] if entry["host"] == "refused")
    told = advice(refused, made.run)
    assert told["todo"] == "Fix what the message says, then roll back the account."
    check, apply = [command["text"] for command in told["commands"]]
    assert check == f"{apply} --check --diff"
    words = shlex.split(apply)
    assert words[3:6] == ["cloudrestore.aws.rollback", "--limit", "refused"]
    assert json.loads(words[-1]) == {SNAPSHOT: ROLLED_BACK_FROM}


def test_only_a_rollback_is_rolled_back_again():
    """Another run that was given a snapshot too, or one whose snapshot nobody knows, is looked at."""
    failed = [{"host": "refused", "result": fleets.REFUSED}]
    alone = given([], [ExtraVars(f"{SNAPSHOT}={ROLLED_BACK_FROM}", {SNAPSHOT: ROLLED_BACK_FROM})])
    assert (alone.arguments, alone.own) == ((), ("-e", f"{SNAPSHOT}={ROLLED_BACK_FROM}"))
    for name, run in (("converge", Run(given=alone)), ("rollback", Run(given=given([], [ExtraVars("@f", None)])))):
        made = built(failed, run, name=name)
        (command,) = advice(made.report["accounts"][0], made.run)["commands"]
        assert "cloudrestore.aws.drift_report" in command["text"]
        assert SNAPSHOT not in command["text"]


def test_in_awx_the_job_template_is_launched():
    run = Run(in_awx=True, versions={"python": "3"})
    (record,) = built(fleet(s3="s3://b-ucket/snapshots/job-7"), run).report["runs"]
    (undo,) = record["undo"]
    assert (undo["snapshots"], undo["commands"]) == ("s3://b-ucket/snapshots/job-7", [])
    assert "launch the job template" in undo["note"]


@pytest.mark.parametrize(
    "place",
    [
        "/srv/{{ lookup('pipe', 'id') }}/run",
        "/srv/{% x %}/run",
        "/srv/\u202erun",
        "/srv/run/..",
        "/srv/$(id)/r n",
        "x\ny/run",
    ],
)
def test_a_place_that_no_run_wrote_gets_no_command(place: str):
    assert [record["undo"] for record in built(fleet(place=place)).report["runs"]] == [[]]


def test_a_merged_report_knows_its_runs_and_takes_no_command_from_them():
    part = json.loads(build.as_json(built(fleet()).report))
    part["runs"][0]["undo"][0]["commands"][0]["text"] = "rm -rf /"
    report = built(None, parts=[part]).report
    (record,) = report["runs"]
    assert (record["caller"], record["undo"][0]["snapshots"]) == (CALLER, PLACE)
    assert "rm -rf" not in json.dumps(html_page.data(report))
    assert record["undo"][0]["note"] == "Add the inventory and the -e options of the runs in this report."


@pytest.mark.parametrize(
    ("arn", "link"),
    [
        (
            "arn:aws:iam::111122223333:role/a/b/Veeam@x",
            "https://console.aws.amazon.com/iam/home#/roles/details/Veeam%40x",
        ),
        ("arn:aws-cn:iam::111122223333:role/Veeam", "https://console.amazonaws.cn/iam/home#/roles/details/Veeam"),
        ("arn:aws-us-gov:iam::111122223333:user/u", "https://console.amazonaws-us-gov.com/iam/home#/users/details/u"),
        ("arn:aws-iso:iam::111122223333:role/Veeam", ""),
        ("arn:aws:iam::111122223333:role/x#javascript:", ""),
        ("", ""),
    ],
)
def test_the_console_is_that_of_the_partition(arn: str, link: str):
    assert console_link(arn) == link
