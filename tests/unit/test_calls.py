# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every failed call becomes one sentence that names account, action and target, and never a secret."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._calls import CallFailed, call, pages
from ansible_collections.cloudrestore.aws.plugins.module_utils._explain import explain
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.unit.memory_iam import MemoryIam, Principal

ROLE = "arn:aws:iam::111122223333:role/Restore"


def said(code: str, message: str = "told by AWS", action: str = "iam:GetRole") -> str:
    return explain(CallFailed(action, ROLE, code, message), "111122223333", "role /Restore")


def test_lists_are_followed_to_their_last_page():
    iam = MemoryIam()
    names = [f"policy-{number}" for number in range(7)]
    iam.add(Principal("Role", "Restore", inline=dict.fromkeys(names, {})))
    found = list(pages(iam, "ListRolePolicies", "PolicyNames", ROLE, {"RoleName": "Restore"}))
    assert found == names
    assert len(iam.calls) == 4


def test_an_error_of_aws_is_told_with_its_code_and_without_its_cause():
    with pytest.raises(CallFailed) as caught:
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
    with pytest.raises(CallFailed) as caught:
        call(client, "iam", "GetRole", ROLE, {"RoleName": "Restore"})
    assert caught.value.code == "EndpointConnectionError"
    assert "cannot be reached" in explain(caught.value, "", "role /Restore")


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

    with pytest.raises(CallFailed) as caught:
        call(Refusing(), "iam", "GetRole", ROLE, {})
    message = explain(caught.value, "111122223333", "role /Restore")
    assert "T0KEN" not in message
    assert "Check access_key" in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", ["not allowed iam:GetRole", "Grant iam:GetRole"]),
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


def test_a_refused_assume_role_says_what_both_sides_need():
    message = said("AccessDenied", action="sts:AssumeRole")
    assert "trust policy has to name the caller" in message
    assert ROLE in message
