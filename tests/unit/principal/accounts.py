# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account as the cases need it: one role that is right but for what the case says, and what was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._permission_sets.catalog import (
    OWNER_TAG_KEY,
    OWNER_TAG_VALUE,
)

from tests.unit.memory_iam import MemoryIam, Principal
from tests.unit.principal import worlds
from tests.unit.principal.running import run

WISH: dict[str, Any] = {"name": worlds.NAME, "appliance_principals": [worlds.APPLIANCE]}
APPLIANCE = worlds.admit({"AWS": worlds.APPLIANCE})
BACKUP = worlds.admit({"Service": "backup.amazonaws.com"})
EVERYTHING = worlds.document(worlds.allow("*"))
OURS = {OWNER_TAG_KEY: OWNER_TAG_VALUE}


def account(*trust: dict[str, Any], **more: Any) -> MemoryIam:
    iam = MemoryIam()
    document = worlds.document(*(trust or (APPLIANCE, BACKUP)))
    iam.add(Principal("Role", worlds.NAME, **{"trust": document, "inline": {"all": EVERYTHING}, **more}))
    return iam


def role(iam: MemoryIam) -> Principal:
    return iam.principals["Role", worlds.NAME]


def refused(iam: MemoryIam, **more: Any) -> RestoreAccessError:
    with pytest.raises(RestoreAccessError) as caught:
        run(iam, {**WISH, **more})
    return caught.value
