# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles that nobody's restore may run under, told by name and path. Data only.

Sources: the IAM User Guide (service-linked roles, reserved paths), the user guides of AWS Organizations, AWS Control Tower and
CloudFormation StackSets for the roles that these create in every account to administer it.
"""

from __future__ import annotations

import re

_PATHS = {"/aws-service-role/": "a service-linked role", "/aws-reserved/": "a role that AWS manages"}
_NAMES = {
    r"OrganizationAccountAccessRole": "the role by which AWS Organizations administers an account",
    r"AWSControlTowerExecution": "the role by which AWS Control Tower administers an account",
    r"AWSControlTower[A-Za-z]*Role": "a role of AWS Control Tower",
    r"stacksets-exec-.*": "the role of service-managed StackSets",
    r"AWSCloudFormationStackSet(Execution|Administration)Role": "the role of self-managed StackSets",
    r"AWSServiceRoleFor.*": "a service-linked role",
    r"AWSReservedSSO_.*": "a role of IAM Identity Center",
}


def what_it_is(name: str, path: str | None) -> str:
    """What a role of this name and path is for; empty for any other. IAM does not tell upper from lower case in names."""
    for prefix, what in _PATHS.items():
        if path and path.lower().startswith(prefix):
            return what
    return next((what for pattern, what in _NAMES.items() if re.fullmatch(pattern, name, re.IGNORECASE)), "")
