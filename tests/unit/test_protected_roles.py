# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles that administer an account are never made a role that the appliance may assume, whatever a survey field says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils import _tasks
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._options.restore_role import RESTORE_ROLE_SPEC

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import scenes, worlds
from tests.unit.principal.running import run, validated

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
    with pytest.raises(RestoreAccessError, match="it is no role for restores, and nothing was done"):
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
    with pytest.raises(RestoreAccessError, match="it is no role for restores, and nothing was changed"):
        run(iam, scenes.OPTIONS)
    assert scenes.role(iam).trust == trust
