# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the options by which a module enters an account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  assume_role_arn:
    description:
      - ARN of a role to assume before anything else, such as the role that AWS Organizations puts into each member account.
      - A list of ARNs is assumed one after the other, each with the credentials of the one before. The last is the account's.
      - Without it, or with an empty string, the module works with the credentials as they are.
      - Assuming it is the module's first API call, in check mode too.
    type: raw
  assume_role_external_id:
    description: External ID to send when assuming O(assume_role_arn), the last of a list. Not set or empty, none is sent.
    type: str
  assume_role_session_name:
    description:
      - Session name to use when assuming O(assume_role_arn). CloudTrail shows it.
      - Not set, it is C(cloudrestore.aws-) and the run ID, 64 characters at most, or C(cloudrestore.aws) where there is no run ID.
    type: str
  assume_role_session_policy:
    description:
      - Whether the session in the account is limited, by a session policy, to what the run has to call. AWS itself then refuses
        whatever check mode is not to do, and every write that is not on the principal or on this collection's policy.
      - It goes with the last role of O(assume_role_arn), and gives the session nothing that the role does not have. Without
        O(assume_role_arn) there is none.
      - Set it to V(false) where AWS does not take it, as with many session tags (C(PackedPolicyTooLarge)). See
        R(What the automation may do, ansible_collections.cloudrestore.aws.docsite.guide_operator).
    type: bool
    default: true
  assume_role_source_identity:
    description:
      - Source identity to set when assuming O(assume_role_arn), the first of a list, such as the person who started the run.
        It stays with every session that follows, and CloudTrail shows it. 2 to 64 characters.
      - The caller and the trust policy of each role in the list need C(sts:SetSourceIdentity).
    type: str
  assume_role_tags:
    description:
      - Session tags to set when assuming O(assume_role_arn), the first of a list, such as the run, the job and the mode. With a
        list they are transitive, so that the session in the account has them too.
      - The caller and the trust policy of each role in the list need C(sts:TagSession).
    type: dict
  assume_role_mfa_serial:
    description:
      - ARN of the MFA device of the IAM user whose access keys the run starts with, or the number on a hardware device.
      - With O(assume_role_mfa_code) a session with MFA is the first thing to be asked for (C(sts:GetSessionToken)), and everything
        else is done with it, the AssumeRoles above all, so that a trust policy may ask for C(aws:MultiFactorAuthPresent).
      - AWS gives such a session to an IAM user only, not to temporary credentials such as those of SSO or of a role.
    type: str
  assume_role_mfa_code:
    description:
      - The six digits that the device shows, in quotes. They work once, and so for one task in one account. For a fleet, the role and the
        playbooks get one session before they come to the accounts, by P(cloudrestore.aws.mfa_session#lookup).
    type: str
"""
