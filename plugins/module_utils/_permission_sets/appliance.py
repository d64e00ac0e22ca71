# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the appliance's own roles need: the Impersonation role, and the role that rescans an organization. Data only."""

from __future__ import annotations

from .model import (
    BUILD,
    GUIDE,
    MEMBER,
    ORGANIZATION,
    ORGANIZATION_ROOT,
    PREFLIGHT,
    PRINCIPAL,
    RESTORE_ROLES,
    SID_PREFIX_PERMISSIONS,
    UNIT,
    Permission,
    PermissionSet,
)

ASSUME_ROLE = "sts:AssumeRole"

APPLIANCE_IMPERSONATION = PermissionSet(
    name="appliance_impersonation",
    sid=SID_PREFIX_PERMISSIONS + "ApplianceImpersonation",
    title="Impersonation role of the appliance",
    source=GUIDE,
    product_version=BUILD,
    page="byb_roles",
    page_updated="2025-04-30",
    permissions=(
        Permission(
            ASSUME_ROLE, (RESTORE_ROLES,), PREFLIGHT, "The appliance cannot access any account that it restores to."
        ),
    ),
)

ORGANIZATION_RESCAN = PermissionSet(
    name="organization_rescan",
    sid=SID_PREFIX_PERMISSIONS + "OrganizationRescan",
    title="Rescan of an organization",
    source=GUIDE,
    product_version=BUILD,
    page="organization_permissions",
    page_updated="2025-04-28",
    permissions=(
        Permission(
            "iam:GetContextKeysForPrincipalPolicy",
            (PRINCIPAL,),
            PREFLIGHT,
            "The appliance's own permission check fails before it begins.",
        ),
        Permission("iam:ListAccountAliases", (), PREFLIGHT, "The account is shown without its name."),
        Permission(
            "iam:SimulatePrincipalPolicy",
            (PRINCIPAL,),
            PREFLIGHT,
            "The appliance cannot test the permissions and reports all of them as missing.",
        ),
        Permission(
            "organizations:DescribeAccount", (MEMBER,), ORGANIZATION, "Accounts are listed without name and state."
        ),
        Permission(
            "organizations:DescribeOrganization", (), ORGANIZATION, "The organization cannot be added to the appliance."
        ),
        Permission(
            "organizations:DescribeOrganizationalUnit", (UNIT,), ORGANIZATION, "Organizational units have no names."
        ),
        Permission(
            "organizations:ListChildren",
            (ORGANIZATION_ROOT, UNIT),
            ORGANIZATION,
            "New accounts of the organization are not found.",
        ),
        Permission("organizations:ListRoots", (), ORGANIZATION, "The rescan does not know where to begin."),
    ),
)
