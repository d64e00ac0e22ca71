# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One walk reads the whole organization, whatever its pages look like; a walk that fails leaves nothing behind."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.calls import listed
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.gather import patient
from botocore.config import Config

from tests.unit.organization import small
from tests.unit.organization.memory_organizations import MANAGEMENT, PAGE, ROOT


def test_every_account_is_found_with_the_path_to_its_unit():
    organization = small.gathering(small.organization()).organization()
    assert {member.account_id: organization.units[member.unit_id].path for member in organization.members} == {
        MANAGEMENT: "/",
        small.ORDERS: "/Workloads/Production",
        small.PAYMENTS: "/Workloads/Production",
        small.PLAY: "/Sandbox",
        small.CLOSED: "/Sandbox",
    }
    assert [level.name for level in organization.path_to(small.PRODUCTION)] == ["Root", "Workloads", "Production"]


def test_an_empty_page_is_not_the_last_one():
    organizations = small.organization()
    more = [f"55556666{number:04}" for number in range(3 * PAGE + 1)]
    for account_id in more:
        organizations.account(account_id, small.SANDBOX, account_id)
    organization = small.gathering(organizations).organization()
    assert set(more) < {member.account_id for member in organization.members}
    assert organizations.operations.count("ListAccountsForParent") > 4


def test_each_unit_is_walked_once():
    organizations = small.organization()
    organizations.account("555566667777", ROOT, "one more")
    small.gathering(organizations).organization()
    # Each list is two pages here: an empty one, and one with all there is.
    asked = [target for operation, target in organizations.calls if operation == "ListOrganizationalUnitsForParent"]
    assert sorted(asked) == sorted(2 * [ROOT, small.WORKLOADS, small.PRODUCTION, small.SANDBOX])
    assert organizations.operations.count("DescribeOrganization") == 1


def test_a_token_that_leads_nowhere_ends_the_walk_with_an_error():
    class Stuck:
        def list_roots(self, **_arguments: object) -> dict[str, object]:
            return {"Roots": [], "NextToken": "the-same"}

    with pytest.raises(CallError, match="returned twice"):
        list(listed(Stuck(), "ListRoots", "Roots", "the organization", {}))


@pytest.mark.parametrize("keys", [("State",), ("Status",), ("State", "Status")])
def test_the_state_is_read_from_either_of_its_names(keys: tuple[str, ...]):
    organizations = small.organization()
    organizations.state_keys = keys
    organization = small.gathering(organizations).organization()
    assert {member.account_id for member in organization.members if member.state == "SUSPENDED"} == {small.CLOSED}


def test_an_account_without_a_state_is_an_error_and_not_left_out():
    organizations = small.organization()
    organizations.state_keys = ()
    with pytest.raises(RestoreAccessError, match="without State and Status"):
        small.gathering(organizations).organization()


BAD_DAYS = [
    (
        "AWSOrganizationsNotInUseException",
        "DescribeOrganization",
        ["belongs to no organization", "management account", "assume_role_arn", "static inventory"],
    ),
    (
        "AccessDeniedException",
        "ListRoots",
        [f"management account ({MANAGEMENT})", "delegated administrator", "grant it organizations:ListRoots"],
    ),
    ("AccessDeniedException", "ListAccountsForParent", ["organizations:ListAccountsForParent on r-ab12 was refused"]),
    ("ParentNotFoundException", "ListAccountsForParent", ["changed while it was being read", "Run again"]),
    ("TooManyRequestsException", "ListRoots", ["throttling", "fewer forks"]),
    ("ExpiredTokenException", "ListRoots", ["expired"]),
]


@pytest.mark.parametrize(("code", "operation", "words"), BAD_DAYS)
def test_a_call_that_fails_is_one_clear_message(code: str, operation: str, words: list[str]):
    organizations = small.organization()
    organizations.fail = lambda asked, _target: code if asked == operation else None
    with pytest.raises(RestoreAccessError) as caught:
        small.gathering(organizations).organization()
    assert caught.value.message.startswith(f"Account {MANAGEMENT}, AWS Organizations: ")
    for word in words:
        assert word in caught.value.message
    assert caught.value.__context__ is None


def test_unknown_tags_are_one_list_for_each_account():
    organizations = small.organization()
    gathering = small.gathering(organizations)
    organization = gathering.organization()
    tagged = gathering.with_tags(organization.members[:2])
    assert [dict(member.tags or {}) for member in tagged] == [
        {"stage": "production", "team": "shop"},
        {"stage": "production", "team": "money"},
    ]
    before = len(organizations.calls)
    assert gathering.with_tags(tagged) == tagged
    assert len(organizations.calls) == before


@pytest.mark.parametrize(
    ("region", "home"),
    [
        ("eu-central-1", "us-east-1"),
        ("cn-north-1", "cn-northwest-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        pytest.param(
            "eusc-de-east-1",
            "eusc-de-east-1",
            marks=pytest.mark.skipif(
                "aws-eusc" not in boto3.session.Session().get_available_partitions(),
                reason="the lowest botocore that this collection takes does not know this partition",
            ),
        ),
    ],
)
def test_any_region_of_a_partition_leads_to_its_one_endpoint(region: str, home: str):
    client = boto3.client("organizations", region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    asked: list[str] = []

    def stop(request: object, **_more: object) -> None:
        asked.append(request.url)  # type: ignore[attr-defined]
        raise ConnectionAbortedError

    client.meta.events.register("before-send.organizations.ListRoots", stop)
    with pytest.raises(ConnectionAbortedError):
        client.list_roots()
    assert asked[0].startswith(f"https://organizations.{home}.")


def test_throttling_is_sat_out_longer_than_elsewhere():
    """Unless the user says otherwise."""

    def attempts(**arguments: object) -> int:
        connection = patient(Connection("us-east-1", None, arguments))
        configured: int = connection.client_arguments["aws_config"].retries["max_attempts"]
        return configured

    assert attempts() == 12
    assert attempts(aws_config=Config(retries={"max_attempts": 3})) == 3
    assert attempts(aws_config=Config(connect_timeout=1)) == 12
