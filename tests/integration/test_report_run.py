# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as ansible-playbook writes it: in check mode too, with every status told apart, and merged from slices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.emulator import playbook
from tests.emulator.organization import Organization
from tests.emulator.server import ROOT

SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
FORMATS = {"json", "html", "md", "csv", "xml"}
CASES = ("compliant", "no-backup-trust", "explicit-deny", "refuses-assume-role", "three-missing")


@pytest.fixture(scope="module")
def dead_ssh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a host that cannot be reached: what ssh says and how it ends if nobody answers."""
    path = tmp_path_factory.mktemp("ssh") / "ssh"
    path.write_text("#!/bin/sh\necho 'ssh: connect to host lost port 22: Connection timed out' >&2\nexit 255\n")
    path.chmod(0o755)
    return {"ansible_connection": "ssh", "ansible_ssh_executable": str(path)}


def fleet(enforced: Organization, *cases: str, lost: dict[str, str] | None = None) -> Organization:
    chosen = tuple(
        replace(account, host_vars={**account.host_vars, **lost}) if lost and account.case == cases[-1] else account
        for account in enforced.accounts
        if account.case in cases
    )
    return Organization(enforced.server, chosen, enforced.automation)


@pytest.fixture(scope="module")
def drift(
    enforced: Organization, dead_ssh: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[playbook.Outcome, Path]:
    """A drift report on an account of each status, in every format."""
    directory = tmp_path_factory.mktemp("drift")
    formats = json.dumps({"restore_access_report_formats": ["json", "html", "markdown", "csv", "junit"]})
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    outcome = playbook.run(
        fleet(enforced, *CASES, lost=dead_ssh), "drift_report", directory, "-e", formats, extra=shown
    )
    return outcome, directory


def test_every_status_is_told_apart(drift: tuple[playbook.Outcome, Path]):
    outcome, _directory = drift
    assert outcome.statuses == {
        "compliant": "compliant",
        "no-backup-trust": "drifted",
        "explicit-deny": "blocked",
        "refuses-assume-role": "failed",
        "three-missing": "unreachable",
    }
    assert outcome.report is not None
    messages = {account["host"]: account["message"] for account in outcome.report["accounts"]}
    assert "Connection timed out" in messages["three-missing"]


def test_the_exit_code_says_that_a_host_was_unreachable(drift: tuple[playbook.Outcome, Path]):
    # ansible-playbook's own code for unreachable hosts.
    assert drift[0].returncode == 4


def test_a_check_mode_run_writes_every_format(drift: tuple[playbook.Outcome, Path]):
    outcome, directory = drift
    files = list(directory.glob("drift_report-*"))
    assert {path.suffix[1:] for path in files} == FORMATS
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert len({path.stem for path in files}) == 1
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(outcome.report)] == []
    (page,) = directory.glob("*.html")
    assert f"-i {directory}/inventory.json cloudrestore.aws.converge --limit no-backup-trust" in page.read_text()


def test_the_report_carries_the_diff_and_where_it_is_denied(drift: tuple[playbook.Outcome, Path]):
    assert drift[0].report is not None
    entries = {account["host"]: account for account in drift[0].report["accounts"]}
    (trust,) = entries["no-backup-trust"]["diff"]
    assert "backup.amazonaws.com" in trust["after"]
    assert "backup.amazonaws.com" not in trust["before"]
    assert [(blocked["policy"], blocked["statement"]) for blocked in entries["explicit-deny"]["unresolved"]] == [
        ("guardrail", "NoGrants")
    ]


def test_a_small_summary_goes_to_the_workflow(drift: tuple[playbook.Outcome, Path]):
    """Under a key of its own."""
    assert "cloudrestore_drift_report_compliant" in drift[0].output
    assert '"needs_attention": 4' in drift[0].output


def test_a_fleet_that_cannot_be_reached_gets_its_report(
    enforced: Organization, dead_ssh: dict[str, str], tmp_path: Path
):
    outcome = playbook.run(fleet(enforced, "compliant", lost=dead_ssh), "converge", tmp_path)
    assert outcome.statuses == {"compliant": "unreachable"}
    assert outcome.returncode == 4


def test_a_second_report_tells_what_was_fixed(enforced: Organization, tmp_path: Path):
    few = fleet(enforced, "compliant", "no-backup-trust")
    with_previous = ["-e", f"restore_access_report_previous={tmp_path}"]
    first = playbook.run(few, "drift_report", tmp_path, *with_previous)
    assert first.returncode == 0
    assert "contains no report drift_report-*.json yet" in first.output
    assert playbook.run(few, "converge", tmp_path).returncode == 0
    second = playbook.run(few, "drift_report", tmp_path, *with_previous)
    assert second.report is not None
    assert second.report["comparison"]["summary"] == {"new": 0, "fixed": 1, "still_open": 0, "unknown": 0}


def tasks(
    directory: Path, *options: dict[str, Any], more: dict[str, Any] | None = None, arguments: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The results of restore_role_report with each of ``options``."""
    names = [f"r{number}" for number in range(len(options))]
    book = [
        {"cloudrestore.aws.restore_role_report": given, "register": name, "ignore_errors": True, **(more or {})}
        for name, given in zip(names, options, strict=True)
    ]
    book.append(playbook.written(f"{{{{ [{', '.join(names)}] | to_json }}}}", directory / "results.json"))
    path = directory / "book.json"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": book}]))
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", *_PYTHON, *arguments, str(path)]
    environment = playbook.ansible_environment_without_aws()
    done = playbook.command(command, Path.cwd(), environment)
    assert (directory / "results.json").exists(), done.stdout
    hosts: list[dict[str, Any]] = json.loads((directory / "results.json").read_text())
    return hosts


_PYTHON = ["-e", "ansible_python_interpreter={{ ansible_playbook_python }}"]
FINE = {"changes": [], "changed": False, "principal": {"account_id": "111122223333", "arn": "a"}, "check_mode": True}
WHEN = "2026-01-31T12:00:00Z"


def test_the_slices_of_a_job_are_merged(tmp_path: Path):
    """The same again is no change."""
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
    sliced = [
        {
            "results": [{"host": host, "result": FINE}],
            "directory": str(tmp_path / number),
            "name": "part",
            "generated_at": WHEN,
        }
        for host, number in (("orders", "1"), ("billing", "2"))
    ]
    stem = f"part-{WHEN.replace(':', '')}.json"
    whole = {
        "parts": [str(tmp_path / "1" / stem), str(tmp_path / "2" / stem)],
        "directory": str(tmp_path),
        "name": "whole",
        "generated_at": WHEN,
    }
    *_parts, first, second = tasks(tmp_path, *sliced, whole, whole)
    assert first["statuses"] == {"billing": "compliant", "orders": "compliant"}
    assert (first["changed"], second["changed"]) == (True, False)
    assert json.loads(Path(first["report"]["json"]).read_text())["summary"]["accounts"] == 2


def test_in_check_mode_nothing_is_written_unless_asked_for(tmp_path: Path):
    """The task says so."""
    given = {"results": [{"host": "orders", "result": FINE}], "directory": str(tmp_path / "reports")}
    (left,) = tasks(tmp_path, given, arguments=("--check",))
    assert left["changed"]
    assert "check_mode: false" in left["warnings"][0]
    assert not (tmp_path / "reports").exists()
    (written,) = tasks(tmp_path, given, more={"check_mode": False}, arguments=("--check",))
    assert {Path(path).exists() for path in written["report"].values()} == {True}


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "one of the following is required: results, parts"),
    ({"results": [{}]}, "missing required arguments: host"),
    ({"results": [], "formats": ["pdf"]}, "json, html, markdown, csv, junit"),
    ({"parts": ["/does/not/exist.json"]}, "The report /does/not/exist.json cannot be read"),
    ({"results": [{"host": "a"}], "directory": "/proc/none"}, "/proc/none"),
    ({"results": []}, "there is nothing to report"),
    ({"results": [], "name": "a/b"}, "name is 'a/b'"),
]


def test_what_cannot_be_done_is_said_in_one_message(tmp_path: Path):
    for (_given, words), result in zip(BAD, tasks(tmp_path, *(given for given, _words in BAD)), strict=True):
        assert result["failed"]
        assert words in result["msg"]


@pytest.mark.parametrize("name", ["drift_report", "verify"])
def test_results_that_were_kept_in_files_are_the_whole_results(enforced: Organization, tmp_path: Path, name: str):
    """With -v they go through Ansible instead; of the files nothing is left."""
    home = {"ANSIBLE_LOCAL_TEMP": str(tmp_path / "local")}
    kept, whole = (
        playbook.run(
            fleet(enforced, *CASES),
            name,
            tmp_path / way,
            *arguments,
            "--diff",
            "-erestore_access_verify=true",
            extra=home,
        )
        for way, arguments in (("kept", ()), ("whole", ("-v",)))
    )
    assert kept.report is not None, kept.output
    assert whole.report is not None
    assert kept.report["accounts"] == whole.report["accounts"]
    assert '"kept_in"' not in whole.output
    assert list((tmp_path / "local").rglob("cloudrestore")) == []
