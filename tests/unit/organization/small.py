# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small organization: /Workloads/Production with two accounts, /Sandbox with one, and the management account."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.account import Account
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.gather import Gathering

from tests.unit.organization.memory_organizations import ALLOW_ALL, MANAGEMENT, ROOT, SCP, MemoryOrganizations

WORKLOADS, PRODUCTION, SANDBOX = "ou-ab12-aaaa1111", "ou-ab12-bbbb2222", "ou-ab12-cccc3333"
ORDERS, PAYMENTS, PLAY, CLOSED = "111122223333", "222233334444", "333344445555", "444455556666"
NO_DELETES = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "NoDeletes", "Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"}],
}


class MemorySession:
    """A session whose only client is an organization in memory."""

    def __init__(self, organizations: MemoryOrganizations) -> None:
        self.organizations = organizations

    def client(self, service: str, region: str | None = None) -> Any:
        assert (service, region) == ("organizations", None)
        return self.organizations

    def account(self) -> Account:
        return Account("aws", MANAGEMENT)


def gathering(organizations: MemoryOrganizations) -> Gathering:
    return Gathering(MemorySession(organizations))


def organization() -> MemoryOrganizations:
    organizations = MemoryOrganizations(policy_types={SCP: "ENABLED"})
    organizations.unit(WORKLOADS, ROOT, "Workloads")
    organizations.unit(PRODUCTION, WORKLOADS, "Production")
    organizations.unit(SANDBOX, ROOT, "Sandbox")
    organizations.account(MANAGEMENT, ROOT, "management")
    organizations.account(ORDERS, PRODUCTION, "orders", stage="production", team="shop")
    organizations.account(PAYMENTS, PRODUCTION, "payments", stage="production", team="money")
    organizations.account(PLAY, SANDBOX, "play", stage="test")
    organizations.account(CLOSED, SANDBOX, "closed", "SUSPENDED")
    everyone = [ROOT, *organizations.parents]
    organizations.policy("p-FullAWSAccess", "FullAWSAccess", SCP, ALLOW_ALL, *everyone)
    organizations.policy("p-11112222", "no-deletes", SCP, NO_DELETES, WORKLOADS)
    organizations.policy("p-99990000", "nowhere", SCP, NO_DELETES)
    return organizations
