# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trust policies as people leave them behind, generated: ours, somebody's under our Sid, and anything beside them."""

from __future__ import annotations

from typing import Any

from ansible_collections.cloudrestore.aws.plugins.module_utils._policy.trust import DesiredTrust
from hypothesis import strategies as st

ACCOUNT = "111122223333"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/Restore"
APPLIANCE_ACCOUNT = "444455556666"
APPLIANCE = f"arn:aws:iam::{APPLIANCE_ACCOUNT}:role/VeeamImpersonation"
COLLEAGUE = f"arn:aws:iam::{APPLIANCE_ACCOUNT}:role/Admin"
STRANGER = "arn:aws:iam::999988887777:role/Stranger"
BACKUP, EC2 = "backup.amazonaws.com", "ec2.amazonaws.com"
SID_APPLIANCE, SID_SERVICE, SID_OTHERS = (
    "CloudrestoreAppliance",
    "CloudrestoreBackupService",
    "CloudrestoreOtherServices",
)
IDS = ("id-one", "id-two")

CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringEquals": {"sts:ExternalId": IDS[0]}},
    {"StringEquals": {"sts:ExternalId": IDS[1]}},
    {"StringEquals": {"sts:ExternalId": list(IDS)}},
    {"stringequals": {"STS:externalid": [IDS[0]]}},
    {"StringLike": {"sts:ExternalId": "id-*"}},
    {"StringNotEquals": {"sts:ExternalId": IDS[1]}},
    {"StringEqualsIfExists": {"sts:ExternalId": IDS[0]}},
    {"Null": {"sts:ExternalId": "true"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-sample12345"}},
    {"StringEquals": {"sts:RoleSessionName": "restore"}},
    {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    {"StringEquals": {"aws:SourceAccount": "222233334444"}},
    {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}},
    {"StringNotEquals": {"aws:SourceAccount": "222233334444"}},
    {"ArnLike": {"aws:PrincipalArn": APPLIANCE}},
    {"ArnLike": {"aws:PrincipalArn": f"{APPLIANCE}*"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringEquals": {"sts:ExternalId": IDS[0]}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringEquals": {"sts:ExternalId": IDS[0], "aws:PrincipalOrgID": "o-sample12345"}},
)
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": APPLIANCE},
    {"AWS": [APPLIANCE, COLLEAGUE]},
    {"AWS": COLLEAGUE},
    {"AWS": [STRANGER, APPLIANCE]},
    {"AWS": APPLIANCE_ACCOUNT},
    {"AWS": f"arn:aws:iam::{APPLIANCE_ACCOUNT}:root"},
    {"AWS": "AROAZSAMPLEORPHANROLE"},
    {"AWS": ["AROAZSAMPLEORPHANROLE", APPLIANCE]},
    {"AWS": f"arn:aws:sts::{APPLIANCE_ACCOUNT}:assumed-role/VeeamImpersonation/nightly"},
    {"Service": BACKUP},
    {"Service": [BACKUP, EC2]},
    {"Service": EC2},
    {"AWS": APPLIANCE, "Service": BACKUP},
)
SIDS = (SID_APPLIANCE, f"{SID_APPLIANCE}2", SID_SERVICE, f"{SID_SERVICE}2", SID_OTHERS, "Theirs", "")
ACTIONS: tuple[Any, ...] = (
    "sts:AssumeRole",
    "sts:AssumeRole",
    ["sts:AssumeRole"],
    "sts:*",
    ["sts:AssumeRole", "sts:TagSession"],
)


@st.composite
def statement(draw: st.DrawFn) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Effect": draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny"))),
        "Principal": draw(st.sampled_from(PRINCIPALS)),
        "Action": draw(st.sampled_from(ACTIONS)),
    }
    if sid := draw(st.sampled_from(SIDS)):
        body["Sid"] = sid
    if condition := draw(st.sampled_from((None, None, *CONDITIONS))):
        body["Condition"] = condition
    return body


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """IAM takes a Sid once in a document."""
    body, taken = [], set[str]()
    for drawn in draw(st.lists(statement(), min_size=1, max_size=5)):
        sid = drawn.get("Sid", "")
        if sid in taken:
            drawn.pop("Sid", None)
        taken.add(sid)
        body.append(drawn)
    return {"Version": "2012-10-17", "Statement": body}


@st.composite
def desired_trusts(draw: st.DrawFn) -> DesiredTrust:
    appliance = draw(st.sampled_from(((APPLIANCE,), (APPLIANCE,), (APPLIANCE, COLLEAGUE), (APPLIANCE_ACCOUNT,), ())))
    services = draw(st.sampled_from(((BACKUP,), (BACKUP,), (BACKUP, EC2), ())))
    return DesiredTrust(
        appliance=appliance,
        external_id=draw(st.sampled_from((None, *IDS))) if appliance else None,
        services=services,
        sid_appliance=SID_APPLIANCE,
        sid_service=SID_SERVICE,
        pinned=BACKUP if services and draw(st.booleans()) else "",
        sid_other_services=SID_OTHERS,
    )
