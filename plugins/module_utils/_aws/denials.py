# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which layer of policies refused a call, by AWS's own words, where a grant to the caller would not help.

Source of the words: the IAM User Guide, "Access denied error messages". AWS names one layer, and only for some services.
"""

from __future__ import annotations

import re
from typing import Final

from .calls import CallError

_BY = re.compile(
    r"(?:(?P<deny>explicit deny in (?:an?|the))|because no) (?P<layer>service control policy|resource control policy|permissions boundary"
    r"|session policy|VPC endpoint policy|identity-based policy|resource-based policy)",
    re.IGNORECASE,
)
_ORGANIZATION = "Ask whoever manages the organization's policies to allow the action."
# The layer as AWS writes it → as a sentence has it, and what helps.
_LAYERS: Final = {
    "service control policy": ("a service control policy (SCP) of the organization", _ORGANIZATION),
    "resource control policy": ("a resource control policy (RCP) of the organization", _ORGANIZATION),
    "permissions boundary": ("the permissions boundary of the caller", "Allow the action in that boundary."),
    "vpc endpoint policy": (
        "the policy of the VPC endpoint that the call went through",
        "Allow the action in that policy.",
    ),
    "session policy": (
        "the session policy of the caller's session",
        "Create the session without it, or with one that allows the action.",
    ),
    "identity-based policy": ("a Deny in a policy of the caller", "Change that statement."),
    "resource-based policy": (
        "a Deny in the policy of the resource (for sts:AssumeRole, the role's trust policy)",
        "Change that statement.",
    ),
}
# Where nothing denies, a grant is what is missing from one of these.
_NEEDS_A_DENY = ("identity-based policy", "resource-based policy")


def refused_by(failure: CallError) -> tuple[str, str] | None:
    """The layer in words, and what helps; None where AWS names none, or where a grant to the caller is what is missing."""
    found = _BY.search(failure.message)
    if found is None:
        return None
    layer = found["layer"].lower()
    return None if layer in _NEEDS_A_DENY and not found["deny"] else _LAYERS[layer]
