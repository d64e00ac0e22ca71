# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every failed call becomes one sentence that names account, action and target, and never a secret."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError, call, pages
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import (
    Connection,
    Session,
    check_config,
    check_one_identity,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.unit.memory_iam import MemoryIam, Principal

ROLE = "arn:aws:iam::111122223333:role/Restore"


def said(code: str, message: str = "told by AWS", action: str = "iam:GetRole") -> str:
    return explain(CallError(action, ROLE, code, message), "111122223333", "role /Restore")


def test_lists_are_followed_to_their_last_page():
    iam = MemoryIam()
    names = [f"policy-{number}" for number in range(7)]
    iam.add(Principal("Role", "Restore", inline=dict.fromkeys(names, {})))
    listed = list(pages(iam, "ListRolePolicies", "PolicyNames", ROLE, {"RoleName": "Restore"}))
    assert listed == names
    assert len(iam.calls) == 4


def test_an_error_of_aws_is_told_with_its_code():
    """And without its cause."""
    with pytest.raises(CallError) as caught:
        call(MemoryIam(), "iam", "GetRole", ROLE, {"RoleName": "Restore"})
    assert (caught.value.action, caught.value.code) == ("iam:GetRole", "NoSuchEntity")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_an_unreachable_endpoint_is_told_by_its_class():
    client = boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="AKIANOBODY",
        aws_secret_access_key="not-a-secret",
        config=Config(retries={"max_attempts": 0}, connect_timeout=1),
    )
    with pytest.raises(CallError) as caught:
        call(client, "iam", "GetRole", ROLE, {"RoleName": "Restore"})
    assert caught.value.code == "EndpointConnectionError"
    assert "cannot be reached" in explain(caught.value, "", "role /Restore")


class Page(BaseHTTPRequestHandler):
    """Something in between that answers in AWS's place: what the path asks for, as ``/STATUS/TEXT``."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, text = self.path.removeprefix("/").split("/", 1)
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("answer", ["200/<html><b>Welcome</b></html>", "200/Welcome", "200/", "404/<i>Welcome</i>"])
def test_a_web_page_in_place_of_aws_is_told_and_not_quoted(web: str, answer: str):
    failure = failing(endpoint_url=f"{web}/{answer}")
    message = explain(failure, "", "role /Restore")
    assert "the response to sts:GetCallerIdentity is not from AWS" in message
    assert "Welcome" not in message
    assert "\n" not in message


def test_missing_certificates_are_a_matter_of_aws_ca_bundle(web: str):
    failure = failing(endpoint_url=web.replace("http:", "https:"), verify="/does/not/exist.pem")
    assert "cannot be reached" in explain(failure, "", "role /Restore")
    assert "aws_ca_bundle" in explain(failure, "", "role /Restore")


def failing(**more: Any) -> CallError:
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id="AKIANOBODY",
        aws_secret_access_key="not-a-secret",
        config=Config(retries={"max_attempts": 0}, connect_timeout=5),
        **more,
    )
    with pytest.raises(CallError) as caught:
        call(client, "sts", "GetCallerIdentity", "the caller", {})
    return caught.value


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (Connection("???", None, {}), ["region", "???", "Check region"]),
        (Connection("us-east-1", "nonsense", {}), ["Invalid endpoint: nonsense", "endpoint_url"]),
        (Connection(None, None, {"profile_name": "no-such"}), ["no-such", "Check the profile option"]),
    ],
)
def test_a_failed_connection_is_told_with_what_to_check(connection: Connection, words: list[str]):
    with pytest.raises(CallError) as caught:
        Session(connection, None, "aws").account()
    for word in ["the AWS SDK cannot be set up", *words]:
        assert word in explain(caught.value, "", "role /Restore")


@pytest.mark.parametrize("given", [{"nonsense": 1}, {"retries": "often"}, {"retries": {"mode": "often"}}])
def test_an_aws_config_that_botocore_does_not_take_is_named(given: dict[str, Any]):
    with pytest.raises(OptionError, match="aws_config cannot be used: .* botocore"):
        check_config(given)


@pytest.mark.parametrize("keys", [{"access_key": "AKIAX"}, {"secret_key": "x"}, {"session_token": "x"}])
def test_a_profile_beside_keys_is_told_with_what_to_take_away(keys: dict[str, str]):
    """They may come from the environment, one by one."""
    given = {
        "access_key": None,
        "secret_key": None,
        "session_token": None,
        "profile": None,
        "account_id": "111122223333",
    }
    check_one_identity({**given, **keys})
    check_one_identity({**given, "profile": "ops"})
    with pytest.raises(OptionError, match="^Account 111122223333: Both a profile and access keys are set.*AWS_PROFILE"):
        check_one_identity({**given, **keys, "profile": "ops"})


def test_a_defect_of_ours_is_not_dressed_up_as_one_of_aws():
    with pytest.raises(TypeError):
        call(MemoryIam(), "iam", "GetPolicy", ROLE, {"NoSuchArgument": 1})


def test_a_message_that_quotes_the_session_token_is_not_repeated():
    quoted = ClientError(
        {"Error": {"Code": "SignatureDoesNotMatch", "Message": "x-amz-security-token:T0KEN"}}, "GetRole"
    )

    class Refusing:
        def get_role(self, **_arguments: object) -> None:
            raise quoted

    with pytest.raises(CallError) as caught:
        call(Refusing(), "iam", "GetRole", ROLE, {})
    message = explain(caught.value, "111122223333", "role /Restore")
    assert "T0KEN" not in message
    assert "Check access_key" in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", ["not allowed to call iam:GetRole", "Grant iam:GetRole"]),
        ("ExpiredToken", ["expired"]),
        ("InvalidClientTokenId", ["did not accept the credentials"]),
        ("NoCredentialsError", ["no complete AWS credentials"]),
        ("EndpointConnectionError", ["cannot be reached"]),
        ("Throttling", ["throttling", "fewer forks"]),
        ("MalformedPolicyDocument", ["appliance_principals", "does not exist"]),
        ("LimitExceeded", ["quota"]),
        ("SomethingNew", ["SomethingNew", "told by AWS"]),
    ],
)
def test_what_the_operator_is_told(code: str, words: list[str]):
    message = said(code)
    assert message.startswith("Account 111122223333, role /Restore: ")
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("code", "told", "words"),
    [
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)",
            ["signed at 20260101T000000Z", "AWS's time was 20260101T001500Z"],
        ),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20260101T003000Z is still later than 20260101T002000Z (20260101T001500Z + 5 min.)",
            ["signed at 20260101T003000Z", "AWS's time was 20260101T001500Z"],
        ),
        ("RequestExpired", "Request has expired.", []),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", []),
        ("RequestInTheFuture", "", []),
    ],
)
def test_a_refusal_for_the_time_is_told_as_the_clock(code: str, told: str, words: list[str]):
    message = said(code, told)
    for word in ["did not accept the time of the request", code, "Synchronize it by NTP", *words]:
        assert word in message
    assert "Check access_key" not in message


def test_a_session_token_beside_the_time_is_not_repeated():
    message = said("SignatureDoesNotMatch", "Signature expired: x-amz-security-token:T0KEN")
    assert "Synchronize it by NTP" in message
    assert "T0KEN" not in message


def test_a_deleted_id_is_not_blamed_on_appliance_principals():
    """The unique ID of someone who is gone."""
    message = said("MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"AROAEXAMPLEOFADELETED"')
    assert "unique ID of a deleted principal" in message
    assert "appliance_principals" not in message


def test_a_refused_assume_role_says_what_both_sides_need():
    message = said("AccessDenied", action="sts:AssumeRole")
    assert "trust policy must allow the caller" in message
    assert ROLE in message


def test_a_password_in_a_url_is_not_repeated():
    failure = CallError(
        "iam:GetRole", "r", "EndpointConnectionError", 'to "http://me:secret@proxy:8080/" at https://x/'
    )
    assert "secret" not in f"{failure} {failure.message}"
    assert "//proxy:8080/" in failure.message


@pytest.mark.parametrize("user", ["me:s3cret", "me:s3c/ret", "me:s3c@ret", "s3cret", "me:s3c%40ret", "s3cret:"])
def test_nothing_of_a_user_in_a_url_is_repeated(user: str):
    failure = CallError(
        "iam:GetRole", "r", "ProxyConnectionError", f'Failed to connect to proxy URL: "https://{user}@proxy"'
    )
    assert "s3c" not in f"{failure} {failure.message}"
    assert "//proxy" in failure.message
