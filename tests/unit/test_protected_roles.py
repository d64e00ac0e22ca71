# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles that administer an account are never made a role that the appliance may assume, whatever a survey field says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.calls import CallError
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import MemorySession, run, validated

MEMBER = "arn:aws:iam::111122223333:role/entry/FleetEntry"


class Context:
    """What the task needs of its surroundings; it never comes as far as a connection."""

    check_mode = False

    def __init__(self, options: dict[str, Any]) -> None:
        self.params = validated(RESTORE_ROLE_SPEC, {**scenes.OPTIONS, **options})

    def connection(self) -> Any:
        raise AssertionError("nothing is called for a role that is refused by name")

    def warn(self, message: str) -> None:
        """Nothing."""


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    "name",
    [
        "OrganizationAccountAccessRole",
        "organizationaccountaccessrole",
        "/OrganizationAccountAccessRole",
        "AWSControlTowerExecution",
        "stacksets-exec-0123456789abcdef",
        "AWSCloudFormationStackSetExecutionRole",
        "AWSServiceRoleForBackup",
        "aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
        "aws-service-role/x/Anything",
        "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
        "FleetEntry",
        "fleetentry",
    ],
)
def test_a_role_that_administers_the_account_is_refused_by_name(name: str, state: str):
    options = {"name": name, "state": state, "assume_role_arn": [MEMBER.replace("FleetEntry", "First"), MEMBER]}
    with pytest.raises(RestoreAccessError, match="it must not be used for restores. Nothing was done"):
        _tasks.restore_role(Context(options))


@pytest.mark.parametrize(
    "options", [{"name": "FleetEntry"}, {"name": "First"}, {"name": "MyOrganizationAccountAccessRole"}]
)
def test_other_names_are_not_refused(options: dict[str, Any]):
    with pytest.raises(AssertionError, match="nothing is called"):
        _tasks.restore_role(Context(options))


def test_a_user_of_such_a_name_administers_nothing():
    options = {"name": "OrganizationAccountAccessRole", "principal_type": "user"}
    with pytest.raises(AssertionError, match="nothing is called"):
        _tasks.restore_role(Context(options))


@pytest.mark.parametrize("path", ["/aws-service-role/backup.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
def test_a_reserved_path_that_only_iam_tells_is_refused_too(path: str):
    iam = MemoryIam(scenes.ACCOUNT)
    trust = worlds.document(scenes.BACKUP)
    iam.add(Principal("Role", worlds.NAME, path=path, trust=trust))
    with pytest.raises(RestoreAccessError, match="it must not be used for restores. Nothing was changed"):
        run(iam, scenes.OPTIONS)
    assert scenes.role(iam).trust == trust


def entered_by(monkeypatch: pytest.MonkeyPatch, caller: str) -> list[str]:
    """With credentials of this ARN and no role assumed; each time that they are asked who they are."""
    asked: list[str] = []

    def answer(_session: MemorySession) -> str:
        asked.append(caller)
        return caller

    monkeypatch.setattr(MemorySession, "caller", answer)
    return asked


HERE = f"arn:aws:sts::{scenes.ACCOUNT}:assumed-role/"


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("name", [worlds.NAME, worlds.NAME.lower()])
@pytest.mark.parametrize("options", [{}, {"description": "as asked for"}])
def test_the_role_that_the_credentials_are_of_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, Any], check: bool
):
    """A profile, SSO or an instance profile, with no role to assume by name."""
    iam = scenes.account(scenes.BACKUP, inline={})
    before = iam.contents()
    entered_by(monkeypatch, f"{HERE}{name}/a.session@example.com")
    with pytest.raises(RestoreAccessError, match="that this run .* in the account .*it must not be used for restores"):
        run(iam, {**scenes.OPTIONS, **options}, check=check)
    assert iam.contents() == before


def test_nor_does_it_delete_itself(monkeypatch: pytest.MonkeyPatch):
    iam = MemoryIam(scenes.ACCOUNT)
    run(iam, scenes.OPTIONS)
    before = iam.contents()
    entered_by(monkeypatch, f"{HERE}{worlds.NAME}/session")
    with pytest.raises(RestoreAccessError, match="that this run (uses|assumes) in the account"):
        run(iam, {**scenes.OPTIONS, "state": "absent"})
    assert iam.contents() == before


@pytest.mark.parametrize("path", ["/", "/ops/"])
def test_so_is_the_user_that_they_are_of(monkeypatch: pytest.MonkeyPatch, path: str):
    iam = MemoryIam(scenes.ACCOUNT)
    iam.add(Principal("User", worlds.NAME, path=path))
    entered_by(monkeypatch, f"arn:aws:iam::{scenes.ACCOUNT}:user{path}{worlds.NAME}")
    with pytest.raises(RestoreAccessError, match="it must not be used for restores. Nothing was changed"):
        run(iam, {"name": worlds.NAME, "principal_type": "user"})


@pytest.mark.parametrize(
    "caller",
    [
        f"{HERE}Another/{worlds.NAME}",
        f"{HERE}{worlds.NAME}2/session",
        f"arn:aws:sts::999999999999:assumed-role/{worlds.NAME}/session",
        f"arn:aws:iam::{scenes.ACCOUNT}:user/{worlds.NAME}",
        f"arn:aws:iam::{scenes.ACCOUNT}:root",
        f"arn:aws:sts::{scenes.ACCOUNT}:federated-user/{worlds.NAME}",
        "",
    ],
)
def test_others_credentials_are_no_matter(monkeypatch: pytest.MonkeyPatch, caller: str):
    entered_by(monkeypatch, caller)
    assert run(scenes.account(scenes.BACKUP), scenes.OPTIONS)["changed"]


def test_whose_they_are_is_asked_only_where_something_is_to_be_changed(monkeypatch: pytest.MonkeyPatch):
    """It takes a call where no role is assumed; once in a real session, which keeps the answer."""
    asked = entered_by(monkeypatch, f"{HERE}Another/session")
    run(scenes.account(), scenes.OPTIONS)
    run(scenes.account(), scenes.OPTIONS, check=True)
    assert asked == []
    run(scenes.account(scenes.BACKUP), scenes.OPTIONS, check=True)
    assert len(asked) == 1


def test_nothing_is_changed_where_nobody_can_say_whose_they_are(monkeypatch: pytest.MonkeyPatch):
    def caller(_session: MemorySession) -> str:
        raise CallError("sts:GetCallerIdentity", "the caller", "EndpointConnectionError", "no way")

    iam = scenes.account(scenes.BACKUP)
    before = iam.contents()
    monkeypatch.setattr(MemorySession, "caller", caller)
    with pytest.raises(RestoreAccessError, match=f"Account {scenes.ACCOUNT}.*GetCallerIdentity"):
        run(iam, scenes.OPTIONS)
    assert iam.contents() == before
