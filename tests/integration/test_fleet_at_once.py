# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong for every account is told once, before any; and no principal is worked on through two hosts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, dump, environment
from tests.emulator.recorder import recorded

CASES = ("three-missing", "no-backup-trust", "no-role")
ROLE = "cloudrestore.aws.restore_access"
ENTER = f"arn:aws:iam::{{{{ account_id }}}}:role/{cases.MEMBER_ROLE}"


def host(organization: Organization, case: str, **more: Any) -> dict[str, Any]:
    return {"account_id": organization.account(case).account_id, "restore_access_assume_role_arn": ENTER, **more}


def run(
    organization: Organization,
    directory: Path,
    hosts: dict[str, dict[str, Any]],
    *arguments: str,
    name: str = "drift_report",
    extra: dict[str, str] | None = None,
    **groups: Any,
) -> playbook.Outcome:
    shared = {
        "restore_access_appliance_principals": [cases.APPLIANCE_ARN],
        "restore_access_appliance_external_id": cases.EXTERNAL_ID,
    }
    inventory = {"accounts": {"hosts": hosts, "vars": shared, "children": groups}}
    return playbook.run(organization, name, directory, *arguments, extra=extra, of=inventory)


def all_of(organization: Organization, **more: Any) -> dict[str, dict[str, Any]]:
    return {case: host(organization, case, **more) for case in CASES}


@pytest.mark.parametrize(
    ("name", "variable", "words"),
    [
        # Each playbook with one of them; `make soak` tries every one with each.
        pytest.param(name, *wrong, marks=[] if number % 3 == place else pytest.mark.soak)
        for place, name in enumerate(["drift_report", "converge", "verify"])
        for number, wrong in enumerate(
            [
                ({"restore_access_tabels": ["orders"]}, "Unknown variable: restore_access_tabels."),
                ({"restore_access_permissions_scope": "roughly"}, "permissions_scope must be one of"),
                ({"restore_access_appliance_principals": ["nobody"]}, "'nobody'"),
                ({"restore_access_tables": "{{ not_there }}"}, "restore_access_tables: 'not_there' is undefined."),
            ]
        )
    ],
)
def test_a_variable_that_is_wrong_for_all_ends_the_run(
    enforced: Organization, tmp_path: Path, name: str, variable: dict[str, Any], words: str
):
    """However it is set: here by the group."""
    with recorded(enforced) as (through, recording):
        outcome = run(
            through, tmp_path, all_of(enforced), name=name, wrong={"hosts": dict.fromkeys(CASES, {}), "vars": variable}
        )
    assert outcome.returncode == 2
    assert outcome.report is None
    told = " ".join(outcome.output.split())
    assert words in told
    assert "This applies to all 3 hosts, and nothing was done for any of them." in told
    assert recording.calls == []
    assert len(outcome.output.splitlines()) < 60


@pytest.mark.parametrize("argument", ["restore_access_tabels=orders", "restore_access_wait_timeout=-1"])
def test_so_does_one_of_the_command_line(enforced: Organization, tmp_path: Path, argument: str):
    outcome = run(enforced, tmp_path, all_of(enforced), "-e", argument)
    assert (outcome.returncode, outcome.report) == (2, None)
    assert argument.partition("=")[0].removeprefix("restore_access_") in outcome.output
    assert "This applies to all 3 hosts" in " ".join(outcome.output.split())


def test_one_host_alone_is_not_told_of_as_all(enforced: Organization, tmp_path: Path):
    wrong = ("--limit", CASES[0], "-e", "restore_access_wait_timeout=-1")
    told = " ".join(run(enforced, tmp_path, all_of(enforced), *wrong).output.split())
    assert "Nothing was done." in told
    assert "1 hosts" not in told


def test_what_is_wrong_for_some_is_told_there_and_stops_no_other(enforced: Organization, tmp_path: Path):
    wrong = {"hosts": dict.fromkeys(CASES[1:], {}), "vars": {"restore_access_tabels": ["orders"]}}
    outcome = run(enforced, tmp_path, all_of(enforced), wrong=wrong)
    assert outcome.statuses == {"three-missing": "drifted", "no-backup-trust": "failed", "no-role": "failed"}


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "mistyped"}, "AWS did not accept the credentials (SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no complete AWS credentials were found"),
        ({"AWS_PROFILE": "nowhere", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "ProfileNotFound"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}, "the AWS endpoint cannot be reached"),
    ],
)
def test_credentials_that_fail_every_account_are_asked_once(
    enforced: Organization, tmp_path: Path, credentials: dict[str, str], words: str
):
    outcome = run(enforced, tmp_path, all_of(enforced), extra=credentials)
    assert (outcome.returncode, outcome.report) == (2, None)
    told = " ".join(outcome.output.split())
    assert "Nothing was done for any of 3 hosts: " in told
    assert words in told
    assert enforced.automation.secret_access_key not in outcome.output


def test_credentials_of_one_account_are_its_own_affair(enforced: Organization, tmp_path: Path):
    hosts = all_of(enforced) | {"no-role": host(enforced, "no-role", restore_access_profile="nowhere")}
    outcome = run(enforced, tmp_path, hosts)
    assert outcome.statuses == {"three-missing": "drifted", "no-backup-trust": "drifted", "no-role": "failed"}


@pytest.mark.parametrize("name", ["drift_report", "converge"])
def test_no_principal_is_worked_on_through_two_hosts(enforced: Organization, tmp_path: Path, name: str):
    """Whichever way the account is told; the others, another principal of the same account among them, are worked on."""
    account_id = enforced.account("three-missing").account_id
    by_role = {"restore_access_assume_role_arn": ENTER.replace("{{ account_id }}", account_id)}
    hosts = {
        "first": host(enforced, "three-missing"),
        "second": by_role | {"restore_access_appliance_external_id": "another"},
        "third": by_role
        | {"restore_access_account_id": account_id, "restore_access_name": f"x/{cases.RESTORE_ROLE.upper()}"},
        "beside": host(enforced, "three-missing", restore_access_name="Beside"),
        "no-role": host(enforced, "no-role"),
    }
    before = dump(enforced.server, account_id)["roles"][cases.RESTORE_ROLE]
    outcome = run(enforced, tmp_path, hosts, "-e", "restore_access_verify=false", name=name)
    done = "drifted" if name == "drift_report" else "converged"
    failed = dict.fromkeys(("first", "second", "third"), "failed")
    assert outcome.statuses == failed | {"beside": done, "no-role": done}
    assert outcome.report is not None
    messages = {entry["host"]: entry["message"] for entry in outcome.report["accounts"]}
    assert messages["second"].startswith(
        f"3 hosts stand for role {cases.RESTORE_ROLE} in account {account_id}: first, second, third."
    )
    assert dump(enforced.server, account_id)["roles"][cases.RESTORE_ROLE] == before


def test_where_only_the_credentials_tell_the_account_they_are_asked(enforced: Organization, tmp_path: Path):
    """Once for all hosts that have the same."""
    keys = environment(enforced)
    profiles = tmp_path / "credentials"
    profiles.write_text(
        "".join(
            f"[{name}]\naws_access_key_id={keys['AWS_ACCESS_KEY_ID']}\naws_secret_access_key={keys['AWS_SECRET_ACCESS_KEY']}\n"
            for name in ("one", "another")
        )
    )
    profiles.chmod(0o600)
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": str(profiles)}
    hosts = {
        "a": {"restore_access_profile": "one"},
        "b": {"restore_access_profile": "another"},
        "c": {"restore_access_profile": "one", "restore_access_name": "Beside"},
    }
    with recorded(enforced) as (through, recording):
        outcome = run(through, tmp_path, hosts, extra=nobody)
    assert outcome.report is not None
    messages = {entry["host"]: entry["message"] for entry in outcome.report["accounts"]}
    assert [("2 hosts stand for" in messages[name]) for name in hosts] == [True, True, False]
    assert [action for _account, action in recording.calls].count("sts:GetCallerIdentity") == 3


def test_where_hosts_do_not_keep_step_each_looks_at_itself(enforced: Organization, tmp_path: Path):
    body = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "strategy": "free",
        "tasks": [{"ansible.builtin.include_role": {"name": ROLE, "rolespec_validate": False}}],
        "vars": {"restore_access_tabels": 1, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    }
    inventory = {"all": {"hosts": all_of(enforced)}}
    done = playbook.run_plays(enforced, [body], inventory, tmp_path)
    assert done.returncode == 0, done.stdout
    assert json.dumps(done.stdout).count("Unknown variable: restore_access_tabels") >= 3
    assert "for all 3 hosts" not in done.stdout
