# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the connection options is masked in whatever Ansible shows of a task."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws import credentials_in_urls

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
