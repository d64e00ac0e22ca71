# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the options by which a module enters an account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  assume_role_arn:
    description:
      - ARN of a role to assume first, such as the role that AWS Organizations creates in each member account.
      - The roles of a list are assumed one after the other, each with the credentials of the one before. The last one is the role in the account.
      - If not set or empty, no role is assumed.
      - Assuming it is the first API call of the module, in check mode too.
    type: raw
  assume_role_external_id:
    description: External ID to send when assuming O(assume_role_arn), the last role of a list. If not set or empty, none is sent.
    type: str
  assume_role_session_name:
    description:
      - Session name to use when assuming O(assume_role_arn). CloudTrail shows it.
      - If not set, it is C(cloudrestore.aws-) and the run ID, truncated to 64 characters, or C(cloudrestore.aws) without a run ID.
    type: str
  assume_role_session_policy:
    description:
      - Whether to limit the session in the account, by a session policy, to the calls that the run needs. AWS itself then refuses any write in check
        mode, and any write to anything but the principal and this collection's policy.
      - The session policy applies to the last role of O(assume_role_arn), and grants nothing that the role does not have. Without O(assume_role_arn)
        there is none.
      - Set it to V(false) if AWS rejects it, such as together with many session tags (C(PackedPolicyTooLarge)). See
        R(What the automation may do, ansible_collections.cloudrestore.aws.docsite.guide_operator).
    type: bool
    default: true
  assume_role_source_identity:
    description:
      - Source identity to set when assuming O(assume_role_arn), the first role of a list, such as the person who started the run. It applies to all
        sessions that follow, and CloudTrail shows it. 2 to 64 characters.
      - The caller and the trust policy of each role in the list need C(sts:SetSourceIdentity).
    type: str
  assume_role_tags:
    description:
      - Session tags to set when assuming O(assume_role_arn), the first role of a list, such as the run, the job and the mode. With a list they are
        transitive, so that the session in the account has them too.
      - The caller and the trust policy of each role in the list need C(sts:TagSession).
    type: dict
  assume_role_mfa_serial:
    description:
      - ARN of the MFA device of the IAM user whose access keys the run starts with, or the serial number of a hardware device.
      - With O(assume_role_mfa_code), the module first requests a session with MFA (C(sts:GetSessionToken)) and makes all further calls with it, so
        that a trust policy can require C(aws:MultiFactorAuthPresent).
      - AWS issues such a session to an IAM user only, not to temporary credentials such as those of SSO or of a role.
    type: str
  assume_role_mfa_code:
    description:
      - The six digits that the device shows, in quotes. A code can be used once, and so for one task in one account. For a fleet, the role and the
        playbooks request one session for all accounts with P(cloudrestore.aws.mfa_session#lookup).
    type: str
"""
