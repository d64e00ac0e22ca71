# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""probe_assume_role: the appliance tries to assume the role, and nothing of the session is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import OptionError, RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.verify import (
    VERIFY_SPEC,
    probed_account,
    state_to_verify,
)
from ansible_collections.cloudrestore.aws.plugins.module_utils._principal.verify.probe import probe
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.entry import entry_of
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.schema import STATUSES
from ansible_collections.cloudrestore.aws.plugins.module_utils._report.verdict import headline
from ansible_collections.cloudrestore.aws.plugins.modules import restore_role_verify

from tests.unit.memory_iam import IamError
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import validated

RETURN = yaml.safe_load(restore_role_verify.RETURN)
CALLER = "arn:aws:sts::444455556666:assumed-role/VeeamImpersonation/appliance"
OPTIONS = {**scenes.OPTIONS, "account_id": scenes.ACCOUNT, "appliance_external_id": "an-id", "probe_assume_role": True}
SECRET = "a-secret-that-nobody-may-see"  # noqa: S105
REFUSED = IamError("AccessDenied", "not authorized to perform: sts:AssumeRole")


class Sts:
    """Answers every AssumeRole alike, and keeps what it was asked."""

    def __init__(self, failure: IamError | None) -> None:
        self.failure = failure
        self.asked: list[dict[str, Any]] = []

    def assume_role(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.failure:
            raise self.failure
        return {"Credentials": {"AccessKeyId": SECRET, "SecretAccessKey": SECRET, "SessionToken": SECRET}}


class Appliance:
    """A session of the appliance, or of whom a test says."""

    def __init__(self, failure: IamError | None = None, caller: str = CALLER) -> None:
        self.sts = Sts(failure)
        self._caller = caller

    def client(self, service: str, region: str | None = None) -> Any:
        assert (service, region) == ("sts", None)
        return self.sts

    def account(self) -> Account:
        return Account("aws", self._caller.split(":")[4])

    def caller(self) -> str:
        return self._caller

    @property
    def iam(self) -> Any:
        raise AssertionError("the appliance may read nothing of IAM")


def probed(session: Appliance, **more: Any) -> dict[str, Any]:
    params = validated(VERIFY_SPEC, {**OPTIONS, **more})
    account = probed_account(params)
    return probe(session, state_to_verify(params), account, params["assume_role_session_name"])


def test_a_role_that_can_be_assumed_is():
    """The session could do nothing."""
    session = Appliance()
    result = probed(session, name=f"backup/{worlds.NAME}")
    (asked,) = session.sts.asked
    arn = f"arn:aws:iam::{scenes.ACCOUNT}:role/backup/{worlds.NAME}"
    assert (asked["RoleArn"], asked["ExternalId"], asked["DurationSeconds"]) == (arn, "an-id", 900)
    assert [statement["Effect"] for statement in json.loads(asked["Policy"])["Statement"]] == ["Deny"]
    assert (result["probe"]["outcome"], result["drifted"]) == ("assumed", False)
    assert SECRET not in json.dumps(result)


def test_the_sample_is_what_the_code_produces():
    produced = probed(Appliance(REFUSED))
    assert produced["probe"] == RETURN["probe"]["sample"]
    assert set(produced["probe"]) == set(RETURN["probe"]["contains"])
    assert set(produced) == set(RETURN) - {"connection_failure", "exists", "session_policy"}


def test_a_refusal_is_a_denial_and_says_what_to_look_at():
    result = probed(Appliance(REFUSED))
    (requirements,) = result["requirements"]
    assert set(requirements) == set(RETURN["requirements"]["contains"])
    assert (requirements["verdict"], requirements["drift"], result["drifted"]) == ("implicit_deny", True, True)
    assert "trust policy must allow the caller" in requirements["reason"]
    assert entry_of("orders", scenes.ACCOUNT, None, result)["status"] == "blocked"


@pytest.mark.parametrize("code", ["ExpiredToken", "Throttling", "ServiceUnavailable", "RegionDisabledException"])
def test_where_aws_could_not_be_asked_nothing_is_said(code: str):
    result = probed(Appliance(IamError(code, "whatever")))
    assert (result["probe"]["outcome"], result["requirements"][0]["verdict"]) == ("unreadable", "unreadable")
    entry = entry_of("orders", scenes.ACCOUNT, None, result)
    assert entry["status"] == "failed"
    assert scenes.ACCOUNT in entry["message"]


def test_what_aws_quotes_of_refused_credentials_is_not_repeated():
    result = probed(Appliance(IamError("InvalidClientTokenId", f"the token {SECRET} is invalid")))
    assert SECRET not in json.dumps(result)
    assert result["probe"]["error"] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws:sts::444455556666:assumed-role/Admin/ann",
        "arn:aws:sts::123456789012:assumed-role/VeeamImpersonation/x",
        "arn:aws:iam::444455556666:user/VeeamImpersonation",
    ],
)
def test_credentials_of_somebody_else_prove_nothing(caller: str):
    session = Appliance(caller=caller)
    with pytest.raises(RestoreAccessError, match="only with the appliance's own credentials"):
        probed(session)
    assert session.sts.asked == []


def test_an_account_stands_for_each_of_its_principals():
    caller = "arn:aws:sts::444455556666:assumed-role/Anybody/x"
    assert probed(Appliance(caller=caller), appliance_principals=["444455556666"])["probe"]["outcome"] == "assumed"


def test_the_account_has_to_be_told():
    with pytest.raises(OptionError, match="requires account_id"):
        probed(Appliance(), account_id=None)


def test_a_user_is_not_assumed():
    session = Appliance()
    result = probed(session, principal_type="user")
    assert (result["probe"]["outcome"], result["drifted"], session.sts.asked) == ("not_applicable", False, [])


def test_the_report_of_probes_claims_nothing_else():
    results = [probed(Appliance()), probed(Appliance(REFUSED)), probed(Appliance(), principal_type="user")]
    accounts = [entry_of(f"host{number}", scenes.ACCOUNT, None, result) for number, result in enumerate(results)]
    assert headline({"accounts": accounts, "summary": dict.fromkeys((*STATUSES, "accounts"), 3)}) == (
        "The appliance assumed the restore role in 1 of 2 accounts. Nothing else was evaluated."
    )
