# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Profiles of the AWS configuration that give no credentials: each error names account, cause and remedy."""

from __future__ import annotations

import os
from pathlib import Path

import botocore.exceptions
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError, call
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection, Session

ROLE = "role_arn = arn:aws:iam::111122223333:role/Restore"
SSO = "sso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = R"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(autouse=True)
def _own_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def told(tmp_path: Path, profile: str, name: str | None = "here") -> str:
    keys = "[profile keys]\naws_access_key_id = none\naws_secret_access_key = none\n"
    (tmp_path / "config").write_text(f"{keys}[profile here]\n{profile}\n")
    with pytest.raises(CallError) as failed:
        Session(Connection("us-east-1", None, {"profile_name": name}), None, "aws").account()
    assert failed.value.__context__ is None
    return explain(failed.value, "111122223333", "role /Restore")


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
@pytest.mark.parametrize("closed", [True, False])
def test_a_profile_with_mfa_says_that_nobody_can_type_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: bool
):
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        monkeypatch.setattr("getpass.getpass", __import__("getpass").fallback_getpass)
        if closed:
            nothing.close()
        message = told(tmp_path, f"{ROLE}\nsource_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/ann")
    assert message.startswith("Account 111122223333, role /Restore: the AWS profile cannot be used here")
    assert "assume_role_mfa_serial and assume_role_mfa_code" in message


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sh -c 'echo sign in first >&2; exit 3'", "sign in first"),
        ("sh -c 'exit 3'", "without output"),
        (f"sh -c 'echo {KEY} {SECRET} is locked >&2; exit 3'", "******** ******** is locked"),
        ("/no/such/command --now", "/no/such/command: No such file or directory"),
        ("echo Welcome", "not JSON"),
        ("echo '{\"Version\": 2}'", "ersion"),
    ],
)
def test_a_credential_process_that_fails_is_told_with_its_words(tmp_path: Path, command: str, words: str):
    message = told(tmp_path, f"credential_process = {command}")
    assert "the credential_process of the AWS profile failed: " in message
    assert words in message
    assert "Run its command on its own" in message
    assert KEY not in message
    assert SECRET not in message


@pytest.mark.parametrize("in_environment", [True, False])
def test_a_web_identity_token_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_environment: bool
):
    if in_environment:
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token")
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/Restore")
    profile = f"{ROLE}\nweb_identity_token_file = /no/such/token"
    message = told(tmp_path, profile, None if in_environment else "here")
    assert "the web identity token of the AWS profile cannot be read: /no/such/token: No such file" in message
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in message


@pytest.mark.parametrize(
    "profile",
    [
        f"sso_start_url = https://none.example/start\n{SSO}",
        f"sso_session = none\n{SSO}\n[sso-session none]\nsso_region = us-east-1\nsso_start_url = https://none.example/start",
    ],
)
def test_a_profile_of_sso_without_a_session_names_the_command(tmp_path: Path, profile: str):
    message = told(tmp_path, profile)
    assert "the AWS profile has no valid session of IAM Identity Center" in message
    assert "aws sso login --profile" in message


@pytest.mark.parametrize("name", ["UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError"])
def test_a_session_of_sso_that_is_over_names_the_command(name: str):
    class Expired:
        def get_role(self) -> None:
            raise getattr(botocore.exceptions, name)(profile_name="p", error_msg="e", provider="sso")

    with pytest.raises(CallError) as failed:
        call(Expired(), "iam", "GetRole", "R", {})
    assert "aws sso login --profile" in explain(failed.value, "", "role /Restore")


def test_a_file_of_ours_that_is_not_there_stays_an_error_of_ours():
    class Defect:
        def get_role(self) -> None:
            Path("/no/such/file").read_bytes()

    with pytest.raises(FileNotFoundError):
        call(Defect(), "iam", "GetRole", "R", {})
