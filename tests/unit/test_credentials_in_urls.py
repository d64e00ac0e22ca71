# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the connection options is masked in whatever Ansible shows of a task."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws import credentials_in_urls
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.explain import explain
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.mfa import credentials
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import (
    Connection,
    Mfa,
    Session,
    check_config,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError
from botocore.config import Config

SECRET = "s3cret%2Fand%40more"
PLAIN = "s3cret/and@more"


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": f"https://me:{SECRET}@iam.example"},
        {"endpoint_url": f"https://{SECRET}@iam.example/"},
        {"endpoint_url": f"https://me:{PLAIN}@iam.example/"},
        {"aws_config": {"proxies": {"https": f"http://me:{SECRET}@proxy:3128", "http": None}}},
        {"aws_config": {"proxies": {"https": f"me:{SECRET}@proxy:3128"}}},
        {"aws_config": {"proxies": {"https": f"//me:{PLAIN}@proxy:3128"}}},
        {"aws_config": {"proxies": {"https": [f"me:{SECRET}@proxy:3128"]}}},
        {"aws_config": {"proxies": [f"me:{PLAIN}@proxy:3128"]}},
        {"aws_config": {"proxies": f"me:{SECRET}@proxy:3128"}},
        {"aws_config": f'{{"proxies": {{"https": "me:{SECRET}@proxy:3128"}}}}'},
        {"aws_config": f"{{'proxies': {{'https': 'me:{SECRET}@proxy:3128'}}}}"},
        {"aws_config": f"proxies=me:{PLAIN}@proxy:3128"},
        {"endpoint_url": [f"me:{SECRET}@iam.example"]},
        {"aws_config": {"somewhere": [{"deep": f"ftp://me:{SECRET}@host"}]}},
    ],
    ids=str,
)
def test_a_password_in_a_url_is_masked(options: dict[str, Any]):
    """In itself, and where a message repeats the URL or the password, encoded or not."""
    shown = {"invocation": {"module_args": options}, "msg": f"me:{PLAIN}@ and me:{SECRET}@, {PLAIN}, {SECRET}"}
    text = str(remove_values(shown, credentials_in_urls.to_mask(options)))
    assert "s3cret" not in text
    assert [host for host in ("iam.example", "proxy:3128", "host") if host in text]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"endpoint_url": None, "aws_config": None},
        {"endpoint_url": "https://iam.example:8443/path", "aws_config": {"proxies": {"https": "http://proxy:3128"}}},
        {"aws_config": {"user_agent_extra": "me@example.com", "retries": {"max_attempts": 3}}},
        {"aws_config": {"proxies": ["http://proxy"]}},
        {"aws_config": "proxies=http://proxy"},
        {"aws_config": "user_agent_extra=me@example.com"},
        {"aws_config": "[" * 5000},
    ],
    ids=str,
)
def test_nothing_else_is_masked(options: dict[str, Any]):
    assert credentials_in_urls.to_mask(options) == set()


def test_a_short_password_is_masked_in_its_url_only():
    """It could be a part of a name, or of an account ID."""
    options = {"endpoint_url": "https://me:11@iam.example"}
    shown = {"endpoint_url": options["endpoint_url"], "account_id": "111122223333"}
    assert remove_values(shown, credentials_in_urls.to_mask(options)) == {
        "endpoint_url": "https://********iam.example",
        "account_id": "111122223333",
    }


# Forms in which the SDK takes a user name and a password, whatever comes of it.
USERS = [
    "me:s3cretPassw0rd",
    "me:s3cret Passw0rd",
    "me:s3cret'Passw0rd",
    'me:s3cret"Passw0rd',
    "me:s3cret<Passw0rd>",
    "me:s3cret@Passw0rd",
    "me:s3cret/Passw0rd",
    "me:s3cret#Passw0rd",
    "me:s3cret?Passw0rd",
    "me:s3cret\\Passw0rd",
    "me:12345 s3cret",
    "me:s3cret%20Passw0rd",
    "me name:s3cret Passw0rd",
    "s3cretPassw0rd",
]
SCHEMES = ["http://", ""]
ENDPOINTS = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"]


def fails(connection: Connection | None = None) -> str:
    """Everything that can be said of a first call, to where nobody answers."""
    connection = connection or Connection("us-east-1", None, {**KEYS, "aws_config": Config(**AT_ONCE)})
    with pytest.raises(CallError) as failed:
        Session(connection, None, "aws").account()
    return f"{failed.value} {failed.value.message} {failed.value.args} {explain(failed.value, '', 'x')}"


KEYS = {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "none"}
AT_ONCE = {"retries": {"total_max_attempts": 1}, "connect_timeout": 1}
# What botocore knows of the services, read once for the sake of time.
MODELS = botocore.session.Session().get_component("data_loader")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in (*ENDPOINTS, "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr(botocore.session, "create_loader", lambda _path: MODELS)


@pytest.mark.parametrize("scheme", ["http://", "HTTPS://", "//", ""])
@pytest.mark.parametrize("user", USERS)
def test_an_endpoint_of_the_environment_is_shown_without_its_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str, user: str
):
    monkeypatch.setenv(ENDPOINTS[len(user) % 2], f"{scheme}{user}@127.0.0.1:1")
    text = fails()
    assert "s3cret" not in text
    assert "Passw0rd" not in text


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("user", USERS)
def test_a_proxy_of_the_environment_is_shown_without_its_password(
    monkeypatch: pytest.MonkeyPatch, scheme: str, user: str
):
    monkeypatch.setenv(["HTTPS_PROXY", "https_proxy"][len(user) % 2], f"{scheme}{user}@127.0.0.1:1")
    text = fails()
    assert "s3cret" not in text
    assert "Passw0rd" not in text


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("user", USERS)
def test_an_endpoint_of_the_configuration_file_is_shown_without_it(tmp_path: Path, scheme: str, user: str):
    (tmp_path / "config").write_text(f"[default]\nendpoint_url = {scheme}{user}@127.0.0.1:1\n")
    text = fails()
    assert "s3cret" not in text
    assert "Passw0rd" not in text


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("user", USERS)
def test_an_endpoint_and_a_proxy_of_the_options_are_shown_without_it(scheme: str, user: str):
    """In the error itself: lookups and inventories have nothing else that masks it."""
    url = f"{scheme}{user}@127.0.0.1:1"
    config = Config(**AT_ONCE, proxies={"https": url, "http": url})
    connections = [
        Connection("us-east-1", url, {**KEYS, "aws_config": Config(**AT_ONCE)}),
        Connection("us-east-1", None, {**KEYS, "aws_config": config}),
    ]
    for connection in connections:
        told = credentials(connection, Mfa("arn:aws:iam::111122223333:mfa/ann", "012345"), "aws")
        assert list(told) == ["failure"]
        assert "s3cret" not in str(told)
        assert "Passw0rd" not in str(told)


@pytest.mark.parametrize(
    "text",
    [
        "User: arn:aws:sts::111122223333:assumed-role/R/ann@example.com is not authorized",
        "See https://docs.example:8443/path, or ask ann@example.com",
        'Could not connect to the endpoint URL: "https://iam.amazonaws.com/"',
        "https://[::1]:8080/ and ann@example.com",
        "Invalid endpoint: nonsense",
        "12:30 ann@example.com",
    ],
)
def test_other_text_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("HTTPS_PROXY", "http://n@proxy:3128")
    assert credentials_in_urls.without(text) == text


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL_IAM", "AWS_URL", "HTTPS_PROXY", "all_proxy", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
)
def test_what_the_environment_holds_is_masked_wherever_it_stands(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, "http://me:s3cretPassw0rd@host")
    assert credentials_in_urls.without("'me:s3cretPassw0rd@' and s3cretPassw0rd") == "'' and ********"


def test_a_long_text_takes_as_much_longer_as_it_is():
    """Of processor time. With the square of the length it would be a hundred times as much, and not ten."""

    def taken(part: str, length: int) -> float:
        started = time.process_time()
        credentials_in_urls.without(part * (length // len(part)))
        return time.process_time() - started

    for part in ("//", "//a:b", "//a:b@", "Invalid endpoint: ", "a@"):
        # What takes a hundredth of a second is not measured well.
        assert taken(part, 50_000) < 30 * max(taken(part, 5_000), 0.01)


PROXIES = [
    f"me:{PLAIN}@proxy",
    [f"me:{PLAIN}@proxy"],
    {"https": [f"me:{PLAIN}@proxy"]},
    {"https": 1},
    {1: "http://proxy"},
    0,
    "",
]


@pytest.mark.parametrize("proxies", PROXIES, ids=str)
def test_proxies_of_a_wrong_form_are_named_and_not_repeated(proxies: Any):
    with pytest.raises(OptionError, match=r"^aws_config\.proxies must be a mapping") as refused:
        check_config({"proxies": proxies})
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize("proxies", [None, {}, {"https": "http://proxy:3128"}, {"https": "proxy:3128", "http": None}])
def test_proxies_of_a_right_form_are_taken(proxies: Any):
    check_config({"proxies": proxies})
