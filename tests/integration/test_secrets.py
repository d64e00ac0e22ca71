# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No access key and no session token is found in anything that is printed, returned or written, at -vvv, also when
calls fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import cases, playbook
from tests.emulator.organization import Organization, assume
from tests.emulator.recorder import recorded
from tests.integration.test_bad_days import options


def written(directory: Path) -> str:
    return "\n".join(path.read_text(errors="replace") for path in sorted(directory.rglob("*")) if path.is_file())


@pytest.mark.parametrize(
    ("name", "per_account", "once"), [("drift_report", 1, 0), ("converge", 1, 1), ("verify", 1, 1)]
)
def test_no_secret_is_in_the_output_or_files_of_a_playbook(
    enforced: Organization, tmp_path: Path, name: str, per_account: int, once: int
):
    with recorded(enforced) as (through, recording):
        outcome = playbook.run(through, name, tmp_path, "-vvv", "--diff")
    secrets = recording.secrets | set(enforced.automation.secrets)
    # The account that refuses hands out nothing.
    assert len(recording.secrets) == 3 * (per_account * (len(enforced.accounts) - 1) + once)
    output = outcome.output + written(tmp_path)
    assert [secret for secret in secrets if secret in output] == []


def test_no_secret_given_as_an_option_is_returned_or_printed(enforced: Organization, tmp_path: Path):
    session = assume(
        enforced.server,
        enforced.automation,
        f"arn:aws:iam::{enforced.account('compliant').account_id}:role/{cases.MEMBER_ROLE}",
    )
    given = options(enforced, "compliant", region="us-east-1", endpoint_url=enforced.server.endpoint)
    del given["assume_role_arn"]
    key, secret, token = session.secrets
    right = {"access_key": key, "secret_key": secret, "session_token": token}
    wrong = [
        {**right, "secret_key": "mistyped-" + secret},
        {**right, "session_token": "mistyped-" + token},
        {**right, "name": "no spaces"},
        {**right, "endpoint_url": "http://127.0.0.1:9"},
    ]
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    results, output = playbook.run_tasks(
        enforced, [given | right, *(given | different for different in wrong)], tmp_path / "run", "-vvv", extra=nobody
    )
    assert [bool(result.get("failed")) for result in results] == [False, True, True, True, True]
    (tmp_path / "run" / "book.json").unlink()  # the test's own playbook, which has to hold them
    everything = output + written(tmp_path) + str(results)
    assert [text for text in (key, secret, token) if text in everything] == []


SECRET = "s3cret%2Fand%40more"
PLAIN = "s3cret/and@more"
IN_URLS: dict[str, Any] = {
    "endpoint_url": f"https://me:{SECRET}@127.0.0.1:9",
    "aws_config": {"proxies": {"http": f"http://me:{PLAIN}@127.0.0.1:9", "https": f"me:{SECRET}@127.0.0.1:9"}},
}


def test_no_password_in_a_url_is_returned_or_printed(enforced: Organization, tmp_path: Path):
    """Where the task runs in the worker, where the module runs, and where the module refuses its options."""
    config = {**IN_URLS["aws_config"], "retries": {"total_max_attempts": 1}, "connect_timeout": 1}
    own = {"name": "R", "appliance_principals": [], "region": "us-east-1", "aws_config": config}
    url = {"endpoint_url": IN_URLS["endpoint_url"]}
    unread = {**config, "proxies": {"http": f"http://me:{PLAIN}@127.0.0.1:9"}}
    given = [
        {**own, **url},
        {**own, "endpoint_url": f"http://me:{PLAIN}@127.0.0.1:9"},
        {**own, "endpoint_url": "http://iam.example", "aws_config": unread},
        {**own, "aws_config": {**config, "proxies": f"me:{SECRET}@127.0.0.1:9"}},
        {**own, "aws_config": {**config, "proxies": {"https": [f"me:{PLAIN}@127.0.0.1:9"]}}},
        {**own, **url, "debug_botocore_endpoint_logs": True},
        {**own, **url, "principal_type": "group"},
        {**own, **url, "no_such_option": True},
        {**own, **url, "aws_config": {**config, "no_such_setting": f"x://me:{SECRET}@host"}},
    ]
    # From ansible-core 2.20 on a result has its invocation only if that is asked for.
    shown = {"ANSIBLE_INJECT_INVOCATION": "true"}
    results, output = playbook.run_tasks(enforced, given, tmp_path / "run", "-vvv", extra=shown)
    assert [bool(result.get("failed")) for result in results] == [True] * len(given)
    assert [result["msg"].split(" must be")[0] for result in results[3:5]] == ["aws_config.proxies"] * 2
    refused, unknown = results[-3:-1]
    assert "value of principal_type must be one of: role, user, got: group" in refused["msg"]
    assert "no_such_option" in unknown["msg"]
    assert "invocation" in output
    (tmp_path / "run" / "book.json").unlink()
    everything = output + written(tmp_path) + str(results)
    assert "s3cret" not in everything
    assert "and@more" not in everything
    assert "********127.0.0.1:9" in everything
