# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the look at all hosts has found for one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import OptionError
from ..module_utils._options import role
from ..module_utils._plans.places import Place
from . import _kept

_UNKNOWN_PLAN = (
    "The plan {} was not read for this host, so nothing was done. A plan is read once for all hosts, in a play with "
    "the strategy linear. Run cloudrestore.aws.converge or the whole role, and do not set restore_access_fleet "
    "yourself."
)


class Looked:
    def __init__(self, task_vars: Mapping[str, Any]) -> None:
        looked = task_vars.get(role.FLEET)
        self._looked = looked if isinstance(looked, Mapping) else {}
        self._host = task_vars.get("inventory_hostname")

    def approved(self, place: Place | None) -> Any:
        """What the plan has for this host; None without a plan. Raises OptionError where nothing may be done for it."""
        twice = self._looked.get("duplicates")
        if isinstance(twice, Mapping) and self._host in twice:
            raise OptionError(twice[self._host])
        if place is None:
            return None
        # From a file that nobody else can write: an extra variable outranks what a task has registered.
        parts = _kept.kept(self._looked) or {}
        approved, refused = (json.loads(parts.get(part, "{}")) for part in ("approved", "not_planned"))
        if self._host not in approved:
            raise OptionError(refused.get(self._host) or _UNKNOWN_PLAN.format(place.plan))
        return approved[self._host]
