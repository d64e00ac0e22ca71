# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time of one account, against servers that do not answer as AWS does. What is asserted is what was sent, not how long it took."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws import deadline as deadlines
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError, call
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.deadline import OUT_OF_TIME, Deadline
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection, Session
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role, restore_role_verify
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError

from tests.unit import silent_servers

KEYS = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "root"}
ROLE = {"RoleName": "restore"}
TRUST = {**ROLE, "PolicyDocument": "{}"}
THROTTLED = b"<ErrorResponse><Error><Code>Throttling</Code><Message>slowly</Message></Error></ErrorResponse>"


@dataclass
class Stopwatch:
    """Nothing, and of a minute the last seconds once it was started: what is loaded before the first call takes longer."""

    left: float
    begun: float | None = None

    def __call__(self) -> float:
        return 0.0 if self.begun is None else 60 - self.left + time.monotonic() - self.begun


def session(url: str, deadline: Deadline, **config: Any) -> Session:
    """With its client made, before the time of ``soon`` begins."""
    made = _session(url, deadline, **config)
    assert made.iam is not None
    if isinstance(deadline.clock, Stopwatch):
        deadline.clock.begun = time.monotonic()
    return made


def soon(seconds: float = 0.5) -> Deadline:
    return Deadline(60, Stopwatch(seconds))


def _session(url: str, deadline: Deadline, **config: Any) -> Session:
    return Session(
        Connection("us-east-1", url, {**KEYS, "aws_config": Config(**config)}, deadline=deadline), None, "aws"
    )


def failure(made: Session, operation: str = "GetRole", arguments: dict[str, str] | None = None) -> CallError:
    with pytest.raises(CallError) as caught:
        call(made.iam, "iam", operation, "role/restore", arguments or ROLE)
    return caught.value


def test_an_endpoint_that_never_answers_is_given_up_in_time():
    """Long before botocore would try a second time."""
    with silent_servers.running() as server:
        error = failure(session(server.url, soon()))
    assert (error.code, error.uncertain, len(server.requests)) == (OUT_OF_TIME, True, 1)


def test_one_that_sends_a_byte_now_and_then_as_well():
    """No read of it times out."""
    with silent_servers.running(lambda connection, _r, _n: silent_servers.trickled(connection, server)) as server:
        error = failure(session(server.url, soon(), read_timeout=1))
    assert (error.code, len(server.requests)) == (OUT_OF_TIME, 1)


def test_one_that_resets_every_connection_is_retried_until_the_time_is_over():
    # Before the second attempt some botocore wait up to a second.
    with silent_servers.running(silent_servers.reset) as server:
        error = failure(session(server.url, soon(1.5), retries={"mode": "standard", "max_attempts": 50}))
    assert (error.code, error.uncertain) == (OUT_OF_TIME, True)
    assert len(server.requests) > 1


def test_a_proxy_that_never_answers_is_given_up_in_time():
    with silent_servers.running() as proxy:
        error = failure(session("https://iam.example.com", soon(), proxies={"https": f"http://127.0.0.1:{proxy.port}"}))
    assert (error.code, len(proxy.requests)) == (OUT_OF_TIME, 1)


def test_tls_that_is_never_agreed_on_is_given_up_in_time():
    with silent_servers.running() as server:
        assert failure(session(server.url.replace("http:", "https:"), soon())).code == OUT_OF_TIME


def test_pauses_between_retries_count(monkeypatch: pytest.MonkeyPatch):
    """AWS answers, and botocore waits before it asks again."""
    slept = threading.Event()
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: slept.wait(60))
    with silent_servers.running(lambda connection, _r, _n: throttle(connection)) as server:
        error = failure(session(server.url, soon()))
        slept.set()
    assert (error.code, len(server.requests)) == (OUT_OF_TIME, 1)


def throttle(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(THROTTLED) + THROTTLED)


def test_a_credential_process_that_hangs_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    config = tmp_path / "config"
    config.write_text("[profile slow]\ncredential_process = sleep 5\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    slow = Connection("us-east-1", None, {"profile_name": "slow"}, deadline=Deadline(1))
    assert failure(Session(slow, None, "aws")).code == OUT_OF_TIME


class Clock:
    """Seconds, as told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("operation", ["GetRole", "UpdateAssumeRolePolicy"])
def test_nothing_is_sent_once_the_time_is_over(operation: str):
    clock = Clock()
    with silent_servers.running() as server:
        made = session(server.url, Deadline(10, clock))
        clock.now = 10.0
        error = failure(made, operation, TRUST if operation != "GetRole" else ROLE)
    assert (error.code, error.uncertain, server.requests) == (OUT_OF_TIME, False, [])


def test_a_write_that_was_sent_in_time_is_waited_for():
    """The answer comes when the time is over already."""
    clock = Clock()

    def late(connection: socket.socket, _request: bytes, _number: int) -> None:
        clock.now = 10.0
        time.sleep(0.5)
        silent_servers.answered(
            connection, b"<UpdateAssumeRolePolicyResponse><ResponseMetadata/></UpdateAssumeRolePolicyResponse>"
        )

    with silent_servers.running(late) as server:
        made = session(server.url, Deadline(10, clock))
        call(made.iam, "iam", "UpdateAssumeRolePolicy", "role/restore", TRUST)
        assert failure(made).uncertain is False
    assert len(server.requests) == 1


def test_a_write_without_an_answer_is_not_sent_again_and_may_have_been_made():
    clock = Clock()

    def lost(connection: socket.socket, request: bytes, number: int) -> None:
        clock.now = 10.0
        silent_servers.reset(connection, request, number)

    with silent_servers.running(lost) as server:
        error = failure(session(server.url, Deadline(10, clock)), "UpdateAssumeRolePolicy", TRUST)
    assert (error.code, error.uncertain, len(server.requests)) == (OUT_OF_TIME, True, 1)


def test_a_write_that_never_ends_is_left_after_one_answers_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deadlines, "GRACE", 0.5)
    with silent_servers.running(lambda connection, _r, _n: silent_servers.trickled(connection, server)) as server:
        error = failure(session(server.url, soon()), "UpdateAssumeRolePolicy", TRUST)
    assert (error.code, error.uncertain) == (OUT_OF_TIME, True)


def test_what_was_done_is_written_down_after_the_time_as_well():
    clock = Clock()
    with silent_servers.running(lambda connection, _r, _n: silent_servers.answered(connection, b"")) as server:
        made = session(server.url, Deadline(10, clock))
        s3 = made.client("s3")
        clock.now = 11.0
        call(s3, "s3", "PutObject", "journal", {"Bucket": "journals", "Key": "journal", "Body": b""})
        clock.now = 10.0 + deadlines.GRACE
        with pytest.raises(CallError) as caught:
            call(s3, "s3", "PutObject", "journal", {"Bucket": "journals", "Key": "journal", "Body": b""})
    assert caught.value.code == OUT_OF_TIME


def test_pauses_for_iam_end_with_the_time():
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now = 10.0
    begun = threading.Thread(target=deadline.sleep, args=(300.0,), daemon=True)
    begun.start()
    begun.join(20)
    assert not begun.is_alive()


def test_the_message_says_who_waited_for_what_and_what_to_do():
    with silent_servers.running() as server:
        told = explain(failure(session(server.url, soon())), "111122223333", "role /restore")
    assert told == (
        "Account 111122223333, role /restore: the account timed out at iam:GetRole on role/restore: no answer came "
        "within the 60 seconds of timeout for the account. If nothing answered, check the network, proxy, region and "
        "endpoint_url. If AWS is only slow, raise timeout. Then run again."
    )


# Who was reached


def test_an_endpoint_that_never_answered_is_told_and_one_that_did_is_not():
    def once(connection: socket.socket, request: bytes, number: int) -> None:
        throttle(connection) if number == 1 else silent_servers.reset(connection, request, number)

    few = {"retries": {"total_max_attempts": 1}}
    for answer, told in ((silent_servers.reset, "ConnectionClosedError"), (once, None)):
        deadline = Deadline(60)
        with silent_servers.running(answer) as server:
            made = session(server.url, deadline, **few)
            failure(made)
            failure(made)
        assert (deadline.unreached.code if deadline.unreached else None) == told
    assert deadline.unreached is None


def test_the_endpoint_is_told_without_a_password():
    deadline = Deadline(60)
    with silent_servers.running(silent_servers.reset) as server:
        url = server.url.replace("//", "//user:secret-password@")
        failure(session(url, deadline, retries={"total_max_attempts": 1}))
    assert deadline.unreached is not None
    assert deadline.unreached.endpoint == f"127.0.0.1:{server.port}"
    assert "secret-password" not in str(deadline.unreached.as_dict())


@pytest.mark.parametrize("module", [restore_role, restore_role_verify])
def test_the_sample_of_a_failed_connection_is_what_the_code_produces(module: Any):
    deadline, url = Deadline(60), "https://iam.amazonaws.com/"
    told = str(ConnectTimeoutError(endpoint_url=url))
    deadline.lost(SimpleNamespace(meta=SimpleNamespace(endpoint_url=url)), "ConnectTimeoutError", told)
    assert deadline.unreached is not None
    assert deadline.unreached.as_dict() == yaml.safe_load(module.RETURN)["connection_failure"]["sample"]


def test_a_connection_without_a_deadline_makes_its_calls_as_ever():
    with silent_servers.running(silent_servers.reset) as server:
        made = session(server.url, soon(), retries={"total_max_attempts": 1})
        own = replace(made._connection, deadline=None)
        assert failure(Session(own, None, "aws")).code == "ConnectionClosedError"
