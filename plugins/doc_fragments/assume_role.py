# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the options by which a module enters an account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  assume_role_arn:
    description:
      - ARN of a role to assume before anything else, such as the role that AWS Organizations puts into each member account.
      - Without it, or with an empty string, the module works with the credentials as they are.
      - Assuming it is the module's first API call, in check mode too.
    type: str
  assume_role_external_id:
    description: External ID to send when assuming O(assume_role_arn). Not set or empty, none is sent.
    type: str
  assume_role_session_name:
    description: Session name to use when assuming O(assume_role_arn). CloudTrail shows it.
    type: str
    default: cloudrestore.aws
"""
