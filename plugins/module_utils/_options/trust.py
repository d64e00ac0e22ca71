# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say who may assume the role: specification, and values checked. Raises OptionError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._aws.partitions import SERVICE_SUFFIXES
from .._checks import ACCOUNT_ID, at_most, matching
from .._errors import OptionError
from .._permission_sets.catalog import BACKUP_SERVICE, SID_APPLIANCE, SID_OTHER_SERVICES, SID_SERVICE
from .._policy.trust import DesiredTrust
from .account import EXTERNAL_ID

TRUST_SPEC: dict[str, Any] = {
    "appliance_principals": {"type": "list", "elements": "str"},
    "appliance_external_id": {"type": "str", "no_log": False},
    "service_principals": {"type": "list", "elements": "str", "default": [BACKUP_SERVICE]},
    "allow_other_services": {"type": "bool", "default": False},
    "backup_source_account_condition": {"type": "bool", "default": False},
}

_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|role/[A-Za-z0-9_+=,.@/-]+)")
_SERVICE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# A trust policy with the highest quota has room for no more.
_MOST_PRINCIPALS = 200


def trust(params: Mapping[str, Any]) -> DesiredTrust:
    appliance = _appliance(params)
    at_most("appliance_principals", appliance, _MOST_PRINCIPALS)
    at_most("service_principals", params["service_principals"], _MOST_PRINCIPALS)
    for who in appliance:
        if not ACCOUNT_ID.fullmatch(who) and not _PRINCIPAL_ARN.fullmatch(who):
            raise OptionError(
                f"appliance_principals contains {who!r}. Each entry must be the ARN of the appliance's Impersonation "
                "role, or the 12-digit ID of the account it belongs to (in quotes, so that YAML keeps a leading "
                "zero)."
            )
    _check_services(params)
    # An inventory sets it for the fleet, and empties it for a host that is none of the restore roles.
    external_id = params["appliance_external_id"] or None
    matching("appliance_external_id", external_id, EXTERNAL_ID, "2-1,224 letters, digits and _+=,.@:/-")
    if external_id and not appliance:
        raise OptionError(
            "appliance_external_id is set without appliance_principals, so no statement would require it. Set "
            "appliance_principals too, or leave appliance_external_id empty."
        )
    return DesiredTrust(
        appliance=tuple(dict.fromkeys(appliance)),
        external_id=external_id,
        services=tuple(dict.fromkeys(params["service_principals"])),
        sid_appliance=SID_APPLIANCE,
        sid_service=SID_SERVICE,
        pinned=_pinned(params),
        sid_other_services=SID_OTHER_SERVICES,
    )


def _check_services(params: Mapping[str, Any]) -> None:
    for service in params["service_principals"]:
        matching("service_principals", service, _SERVICE, "service principals such as backup.amazonaws.com")
        # What was allowed once can always be taken back.
        if params["allow_other_services"] or params["state"] != "present" or _is_of_aws(service):
            continue
        raise OptionError(
            f"service_principals contains {service!r}. Service principals of AWS are named SERVICE.amazonaws.com, "
            f"and in other partitions end in {', '.join(SERVICE_SUFFIXES[1:])}. Correct the name, or set "
            "allow_other_services: true if it does belong to AWS."
        )


def _is_of_aws(service: str) -> bool:
    return service.lower().endswith(tuple(f".{suffix}" for suffix in SERVICE_SUFFIXES))


def _pinned(params: Mapping[str, Any]) -> str:
    if not params["backup_source_account_condition"]:
        return ""
    if BACKUP_SERVICE not in params["service_principals"]:
        raise OptionError(
            f"backup_source_account_condition is set, but service_principals does not contain {BACKUP_SERVICE}, to "
            "whose statement it applies. Add it, or unset the condition."
        )
    return BACKUP_SERVICE


def _appliance(params: Mapping[str, Any]) -> list[str]:
    principals: list[str] | None = params["appliance_principals"]
    if principals is None and params["state"] == "present" and params.get("snapshot") is None:
        raise OptionError(
            "appliance_principals is not set. Set it to the ARN of the appliance's Impersonation role, or to the "
            "12-digit ID of the account it belongs to. With an empty list, the appliance's side of the trust policy "
            "is not changed."
        )
    if not principals and params["purge_trust"] and params["state"] == "present":
        raise OptionError(
            "purge_trust without appliance_principals would lock the appliance out of the role. Set "
            "appliance_principals to the ARN of the appliance's Impersonation role, or set purge_trust: false."
        )
    return principals or []
