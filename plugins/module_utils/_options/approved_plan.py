# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option by which ``restore_role`` carries out a plan that was approved, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._errors import OptionError
from .._principal.plan.approval import Approval, are_digests

APPROVED_PLAN_SPEC: dict[str, Any] = {
    "approved_plan": {
        "type": "dict",
        "options": {
            "observed_sha256": {"type": "dict", "required": True},
            "operations_sha256": {"type": "str", "required": True},
        },
    },
}


def approved_plan(option: Mapping[str, Any] | None) -> Approval | None:
    """Raises OptionError for what no plan of this version has."""
    if option is None:
        return None
    if not are_digests(option):
        raise OptionError(
            "approved_plan must be what restore_role returned as plan in check mode, unchanged and from the same "
            "version of this collection. Make a new plan and have it approved."
        )
    return Approval(option["observed_sha256"], option["operations_sha256"])
