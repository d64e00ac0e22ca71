# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The embedded AWS is what the other tests take it for: its servers, its accounts, and who may do what there."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml
from botocore.exceptions import ClientError

from tests.emulator import appliance, cases, server
from tests.emulator import organization as sample
from tests.emulator.organization import Credentials, Organization
from tests.emulator.server import Server

KMS = {action for action in cases.ACTIONS if action.startswith("kms:")}
NOT_LET_IN = {"no-role", "no-appliance-trust", "wrong-external-id", "foreign-content", "orphaned-principal"}
EMULATORS = [server.ministack, server.moto]
# A shell's background jobs, and all that they start, ignore SIGINT: then nothing would be interrupted.
HOLDS_A_SERVER = (
    "import signal, sys, time\nfrom tests.emulator import server\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "with getattr(server, sys.argv[1])() as running:\n    print(running.pid, flush=True)\n    time.sleep(60)\n"
)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The error code that the call ends with; empty if it is let through."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.fixture
def ministack_organization(ministack: Server) -> Organization:
    """Built anew for each test."""
    ministack.reset()
    return sample.build(ministack)


@pytest.fixture(params=["ministack", "moto"])
def any_organization(request: pytest.FixtureRequest) -> Organization:
    """Built anew for each test, on each emulator."""
    running: Server = request.getfixturevalue(request.param)
    running.reset()
    return sample.build(running)


# The servers


@pytest.mark.parametrize("emulator", EMULATORS)
def test_a_server_answers_on_loopback_only(emulator):
    """It is gone after its block."""
    with emulator() as running:
        address = urlsplit(running.endpoint)
        assert address.hostname == "127.0.0.1"
        assert is_running(running.pid)
        # A server that listened on all interfaces would answer here too.
        for other in ("127.0.0.2", "::1"):
            with pytest.raises(OSError, match=r"."):
                socket.create_connection((other, address.port), timeout=2)
    assert not is_running(running.pid)


@pytest.mark.parametrize("emulator", EMULATORS)
def test_a_server_is_gone_after_an_exception_in_its_block(emulator):
    pids: list[int] = []

    def fail_inside() -> None:
        with emulator() as running:
            pids.append(running.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert not is_running(pids[0])


@pytest.mark.parametrize("emulator", ["ministack", "moto"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_server_does_not_outlive_an_interrupted_test_run(emulator, number):
    command = [sys.executable, "-c", HOLDS_A_SERVER, emulator]
    with subprocess.Popen(
        command, cwd=server.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        holder.send_signal(number)
        # On a busy machine a server takes its time to go.
        holder.wait(120)
    assert not is_running(pid)


def test_without_the_emulator_s_environment_the_message_helps(monkeypatch, tmp_path):
    """It says what to run."""
    monkeypatch.setenv("EMULATOR_PYTHON", str(tmp_path / "python"))
    with pytest.raises(server.ServerNotStarted, match="make setup"), server.ministack():
        pytest.fail("it cannot have started")


# The cases


def test_every_case_has_an_account_of_its_own():
    numbers = [account.account_id for account in cases.ACCOUNTS] + [cases.MANAGEMENT_ACCOUNT, cases.APPLIANCE_ACCOUNT]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\d{12}", number) for number in numbers)
    assert len({account.case for account in cases.ACCOUNTS}) == len(cases.ACCOUNTS) >= 12
    assert len(cases.ACTIONS) == 35


def test_only_what_drifted_is_expected_to_be_converged():
    after = {"compliant": "compliant", "drifted": "converged", "blocked": "blocked", "failed": "failed"}
    assert [account.after for account in cases.ACCOUNTS] == [after[account.before] for account in cases.ACCOUNTS]


# The accounts, on both emulators


def test_each_account_holds_what_its_case_says(any_organization: Organization):
    for account in any_organization.accounts:
        stored = sample.dump(any_organization.server, account.account_id)
        assert cases.MEMBER_ROLE in stored["roles"], account.case
        if account.principal is None:
            assert cases.RESTORE_ROLE not in stored["roles"]
            continue
        principal = stored[f"{account.principal.kind}s"][account.principal.name]
        assert_holds(principal, account, stored["policies"])


def assert_holds(stored: dict[str, Any], account: cases.Account, policies: dict[str, Any]) -> None:
    wanted = account.principal
    assert wanted is not None
    where = f"arn:aws:iam::{account.account_id}"
    assert stored["arn"] == f"{where}:{wanted.kind}{wanted.path}{wanted.name}", account.case
    if wanted.kind == "role":
        assert stored["trust"] == cases.document(*wanted.trust), account.case
    assert stored["inline"] == dict(wanted.inline), account.case
    assert stored["tags"] == dict(wanted.tags), account.case
    assert sorted(stored["attached"]) == sorted(f"{where}:policy/{name}" for name in wanted.managed), account.case
    assert bool(stored["boundary"]) == (wanted.boundary is not None), account.case
    for name, documents in wanted.managed.items():
        versions = policies[f"{where}:policy/{name}"]
        assert {"default": True, "document": documents[-1]} in versions.values(), account.case
        assert len(versions) == len(documents), account.case


def test_a_reset_forgets_every_account(any_organization: Organization):
    any_organization.server.reset()
    account = any_organization.account("compliant")
    with pytest.raises(ClientError):
        sample.client(
            any_organization.server, "iam", sample.root(any_organization.server, account.account_id)
        ).get_role(RoleName=cases.RESTORE_ROLE)


def test_the_inventory_is_plain_yaml_without_secrets(any_organization: Organization):
    """One host per account."""
    text = yaml.safe_dump(sample.inventory(any_organization))
    group = yaml.safe_load(text)["restore_accounts"]
    assert {name: host["account_id"] for name, host in group["hosts"].items()} == {
        account.case: account.account_id for account in any_organization.accounts
    }
    assert not any(secret in text + repr(any_organization) for secret in any_organization.automation.secrets)


def test_the_playbooks_get_the_automation_users_keys_only(any_organization: Organization):
    given = sample.environment(any_organization)
    assert sorted(given) == ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"]
    # Not the twelve digits that MiniStack takes for an account's root.
    assert re.fullmatch(r"AKIA\w{16}", given["AWS_ACCESS_KEY_ID"])


# Who may do what, on the emulator that enforces it


def test_the_automation_user_may_only_assume_the_member_roles(ministack_organization: Organization):
    built = ministack_organization

    def client(service: str) -> Any:
        return sample.client(built.server, service, built.automation)

    iam, sts = client("iam"), client("sts")
    assert sts.get_caller_identity()["Arn"].endswith(f":user/{cases.AUTOMATION_USER}")
    for call in (iam.list_roles, iam.list_users, iam.get_user, iam.create_access_key, iam.get_account_summary):
        assert refusal(call) == "AccessDenied"
    assert refusal(client("dynamodb").list_tables) == "AccessDeniedException"
    assert refusal(client("kms").list_keys) == "AccessDeniedException"
    restore_role = f"arn:aws:iam::{built.account('compliant').account_id}:role/{cases.RESTORE_ROLE}"
    for role in (restore_role, cases.APPLIANCE_ARN):
        assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="sample") == "AccessDenied"


def test_accounts_let_the_automation_user_in(ministack_organization: Organization):
    """Every one but the refusing one."""
    built = ministack_organization
    sts = sample.client(built.server, "sts", built.automation)
    refused = {
        account.case
        for account in built.accounts
        if refusal(
            sts.assume_role,
            RoleArn=f"arn:aws:iam::{account.account_id}:role/{cases.MEMBER_ROLE}",
            RoleSessionName="sample",
        )
    }
    assert refused == {"refuses-assume-role"}


def test_a_wrong_secret_key_is_refused(ministack_organization: Organization):
    wrong = Credentials(ministack_organization.automation.access_key_id, "not the secret")
    sts = sample.client(ministack_organization.server, "sts", wrong)
    assert refusal(sts.get_caller_identity) == "SignatureDoesNotMatch"


def test_the_appliance_needs_the_external_id(ministack_organization: Organization):
    running = ministack_organization.server
    session = sample.assume(running, sample.root(running, cases.APPLIANCE_ACCOUNT), cases.APPLIANCE_ARN)
    account = ministack_organization.account("compliant")
    arn = f"arn:aws:iam::{account.account_id}:role/{cases.RESTORE_ROLE}"
    for external_id in (None, "another-external-id"):
        with pytest.raises(ClientError, match="AccessDenied"):
            sample.assume(running, session, arn, external_id)
    sample.assume(running, session, arn, cases.EXTERNAL_ID)


# The appliance before anything was converged


class Visited(NamedTuple):
    """The organization, the appliance's visits by case, and each account's IAM content before and after them."""

    built: Organization
    visits: dict[str, appliance.Visit]
    contents: dict[str, Any]


@pytest.fixture(scope="module")
def visited(ministack: Server) -> Visited:
    ministack.reset()
    built = sample.build(ministack)

    def contents() -> dict[str, Any]:
        return {account.case: sample.dump(ministack, account.account_id) for account in built.accounts}

    before = contents()
    visits = {visit.case: visit for visit in appliance.visit_all(built)}
    return Visited(built, visits, {"before": before, "after": contents()})


def test_the_appliance_is_let_in_where_the_trust_names_it(visited):
    """Only there."""
    visits = visited.visits
    assert {case for case, visit in visits.items() if not visit.entered} == NOT_LET_IN
    assert all("AccessDenied" in visits[case].why_not for case in NOT_LET_IN)


@pytest.mark.parametrize("case", ["compliant", "compliant-rewritten", "wildcard"])
def test_the_appliance_is_refused_nothing_where_compliant(visited, case):
    visits = visited.visits
    assert visits[case].refused == []
    assert visits[case].let_through


def test_the_appliance_is_refused_what_is_missing_denied_or_cut(visited):
    visits = visited.visits
    refused = {case: set(visit.refused) for case, visit in visits.items() if visit.entered}
    assert refused["three-missing"] == {"backup:StartRestoreJob", "kms:CreateGrant"}
    assert refused["explicit-deny"] == {"kms:CreateGrant"}
    assert refused["boundary-without-kms"] == KMS
    assert refused["iam-user"] == KMS
    assert KMS < refused["five-versions"] <= set(cases.ACTIONS[25:])
    # A role that holds nothing may be assumed, and is refused everything that IAM is asked about: no answer is given away.
    assert appliance.PERMITTED not in visits["with-path"].actions.values()


def test_an_answer_counts_where_a_powerless_caller_is_refused(visited):
    """Only there, for every answer."""
    visits = visited.visits
    kinds = appliance.total(visits.values())
    assert sorted(action for actions in kinds.values() for action in actions) == sorted(cases.ACTIONS)
    assert appliance.NOT_ENFORCED not in kinds
    assert len(kinds["evaluated"]) == 30


def test_what_the_emulator_authorizes_but_does_not_run_is_known(visited):
    # MiniStack 1.5.33 asks IAM first and then answers ValidationException "No route for PUT /restore-jobs".
    built = visited.built
    assert set(appliance.not_carried_out(built)) == {
        "backup:StartRestoreJob",
        "backup:StartCopyJob",
        "backup:DeleteRecoveryPoint",
        "iam:GetContextKeysForPrincipalPolicy",
    }


def test_the_visits_leave_no_access_key_behind(visited):
    """They change nothing in IAM."""
    built, contents = visited.built, visited.contents
    assert contents["after"] == contents["before"]
    account = built.account("iam-user")
    iam = sample.client(built.server, "iam", sample.root(built.server, account.account_id))
    assert iam.list_access_keys(UserName=cases.RESTORE_USER)["AccessKeyMetadata"] == []


def test_a_visit_shows_no_secret(visited):
    visits = visited.visits
    # Access keys of users and sessions; session tokens are far longer than any word of a visit.
    assert not re.search(r"A(KIA|SIA)[A-Z0-9]{16}|[A-Za-z0-9+/=]{64,}", repr(list(visits.values())))
