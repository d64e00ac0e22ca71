# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An answer of AWS that lacks what it has to hold, or leads in a circle, ends in an error that names the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import MOST_PAGES, CallError, pages
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._organization.calls import listed

from tests.unit.hostile import hosts, values
from tests.unit.hostile.test_options import GIVEN
from tests.unit.memory_iam import Principal
from tests.unit.organization import small
from tests.unit.principal import scenes, worlds

pytestmark = pytest.mark.slow

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
VAULT = "arn:aws:backup:eu-west-1:111122223333:backup-vault:vault"

RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    "converge": ("restore_role", {}),
    "take back": ("restore_role", {"state": "absent"}),
    "a user": ("restore_role", {"principal_type": "user", "name": "ann"}),
    "verify": (
        "restore_role_verify",
        {"kms_keys": [KEY], "vaults": [VAULT], "check_key_policies": True, "check_vault_policies": True},
    ),
    "policies": ("principal_policies_info", {}),
    "organization": ("organization_policies_info", {}),
    "one account of it": ("organization_policies_info", {"account_ids": [small.ORDERS]}),
}


class Changed:
    """A client whose answers to one operation are changed; every answer is noted."""

    def __init__(self, client: Any, method: str, change: Callable[[Any], Any], noted: list[tuple[str, Any]]) -> None:
        self._client = client
        self._asked = method
        self._change = change
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute):
            return attribute

        def method(**arguments: Any) -> Any:
            answer = attribute(**arguments) or {}
            self._noted.append((name, answer))
            return self._change(answer) if name == self._asked else answer

        return method


def account() -> hosts.Iam:
    """With one of everything that is read: an attached policy, ours, an inline one, a boundary, a user in a group."""
    iam = hosts.iam()
    role = iam.principals["Role", worlds.NAME]
    everything = worlds.document(worlds.allow("*"))
    role.attached = [
        iam.add_policy("CloudrestoreRestoreAccess", scenes.without("kms:CreateGrant")),
        iam.add_policy("b", everything),
    ]
    role.boundary = iam.add_policy("boundary", everything)
    role.tags = {"managed-by": "cloudrestore.aws", "team": "a"}
    iam.add(Principal("Group", "operators", inline={"own": everything}))
    iam.add(Principal("User", "ann", groups=["operators"], access_keys=1))
    return iam


def run(
    name: str, service: str = "", method: str = "", change: Callable[[Any], Any] = lambda value: value
) -> list[tuple[str, Any]]:
    """The answers that the run was given. Raises RestoreAccessError."""
    module, options = RUNS[name]
    spec, given = GIVEN[module]
    noted: list[tuple[str, Any]] = []
    clients = hosts.clients(iam=account())
    clients = {key: Changed(client, method if key == service else "", change, noted) for key, client in clients.items()}
    values.is_fit_for_output(hosts.run(module, spec, {**given, **options}, **clients))
    return noted


def elements(answer: Any) -> Iterator[tuple[Any, ...]]:
    """Paths to elements of the answer; documents are whole, and of a list the first entry stands for all."""
    for path in values.places(answer):
        inside = {"AssumeRolePolicyDocument", "Document", "PolicyDocument"} & set(path[:-1])
        if isinstance(path[-1], str) and not inside and not any(isinstance(step, int) and step for step in path):
            yield path


def lost(path: tuple[Any, ...]) -> Callable[[Any], Any]:
    def change(answer: Any) -> Any:
        try:
            return values.without(answer, path)
        except (IndexError, KeyError):
            return answer  # another answer to the same call

    return change


SERVICES = {"get_key_policy": "kms", "get_backup_vault_access_policy": "backup"}


def service_of(name: str, method: str) -> str:
    if method in ("assume_role", "get_caller_identity"):
        return "sts"
    return SERVICES.get(method, "organizations" if "organization" in name or "account of" in name else "iam")


@pytest.mark.parametrize("name", RUNS)
def test_whatever_is_missing_in_an_answer(name: str):
    asked: dict[tuple[str, tuple[Any, ...]], None] = {}
    for method, answer in run(name):
        asked |= {(method, path): None for path in elements(answer)}
    assert asked
    for method, path in asked:
        try:
            run(name, service_of(name, method), method, lost(path))
        except RestoreAccessError as error:
            assert error.message.isprintable()
            assert "the response to" in error.message or method.split("_")[-1].lower() in error.message.lower(), path


ODD_ARNS = [text for text in values.TEXTS.values() if len(text) < 100]


@pytest.mark.parametrize("arn", [*ODD_ARNS, "arn:aws:iam::1:role/r", "arn:{{x}}:iam::111122223333:role/r"])
def test_an_arn_that_is_none(arn: str):
    def change(answer: Any) -> Any:
        return values.with_value(answer, ("Role", "Arn"), arn)

    with pytest.raises(
        RestoreAccessError, match=r"the response to iam:GetRole is not from AWS \(it has no ARN"
    ) as caught:
        run("verify", "iam", "get_role", change)
    assert caught.value.message.isprintable()


class Circle:
    """Lists whose pages never end: each is announced by the one before it."""

    def __init__(self, markers: Iterator[str]) -> None:
        self.calls = 0
        self._markers = markers

    def list_role_policies(self, **_arguments: Any) -> dict[str, Any]:
        self.calls += 1
        return {"PolicyNames": [], "IsTruncated": True, "Marker": next(self._markers)}

    def list_roots(self, **_arguments: Any) -> dict[str, Any]:
        self.calls += 1
        return {"Roots": [], "NextToken": next(self._markers)}


def around(length: int) -> Iterator[str]:
    while True:
        yield from map(str, range(length))


@pytest.mark.parametrize("length", [1, 2, 3, 100 * MOST_PAGES])
def test_pages_that_lead_in_a_circle_or_nowhere(length: int):
    iam, organizations = Circle(around(length)), Circle(around(length))
    with pytest.raises(CallError, match="do not end"):
        list(pages(iam, "ListRolePolicies", "PolicyNames", "r", {}))
    with pytest.raises(CallError, match="RepeatedNextToken"):
        list(listed(organizations, "ListRoots", "Roots", "r", {}))
    assert max(iam.calls, organizations.calls) <= min(length + 1, MOST_PAGES)


@pytest.mark.parametrize("length", [1, 3, 1000])
def test_units_that_are_no_tree(length: int):
    """Units in each other, and units without end."""

    def change(answer: Any) -> Any:
        nonlocal number
        number += 1
        return {"OrganizationalUnits": [{"Id": f"ou-ab12-{number % length:08d}", "Name": "a/b"}]}

    number = 0
    with pytest.raises(RestoreAccessError, match="units do not form a tree"):
        run("organization", "organizations", "list_organizational_units_for_parent", change)
    assert number <= 30
