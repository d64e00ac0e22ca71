# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shell of the lookup; the logic is in module_utils/_tasks.py."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mfa_session
short_description: One AWS session with MFA for a whole run
version_added: 0.1.0
description:
  - Makes one call, C(sts:GetSessionToken), with an MFA device and its current code, and returns the credentials of the session. A code can be used
    only once, while each account of a fleet is handled by a process of its own, so the session must be requested beforehand.
  - The role P(cloudrestore.aws.restore_access#role) and the playbooks use it if C(restore_access_assume_role_mfa_code) is set.
  - The return value is secret. Put C(no_log) on the task, and do not store it.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  _terms:
    description: The ARN of the MFA device of the IAM user whose access keys are used (or the serial number of a hardware device), and the six
      digits that it shows.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - cloudrestore.aws.runtime
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
notes:
  - The access keys have to be those of an IAM user. AWS gives no such session to a role.
seealso:
  - module: cloudrestore.aws.restore_role
  - plugin: cloudrestore.aws.organization_accounts
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Get a session with MFA
  ansible.builtin.set_fact:
    mfa: "{{ lookup('cloudrestore.aws.mfa_session', 'arn:aws:iam::111122223333:mfa/ann', mfa_code) }}"
  no_log: true

- name: Work in an account with it
  cloudrestore.aws.principal_policies_info:
    name: VeeamImpersonation
    assume_role_arn: arn:aws:iam::444455556666:role/OrganizationAccountAccessRole
    access_key: "{{ mfa.access_key }}"
    secret_key: "{{ mfa.secret_key }}"
    session_token: "{{ mfa.session_token }}"
"""

RETURN = r"""
_raw:
  description:
    - C(access_key), C(secret_key) and C(session_token) of the session, which lasts 12 hours.
    - If AWS refuses, C(failure) only, with a message that contains no secrets. An error of a task with C(no_log) would be hidden.
  type: list
  elements: dict
  sample:
    - access_key: ASIAEXAMPLE
      secret_key: EXAMPLE
      session_token: EXAMPLE
"""

from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.plugin_utils.lookup import AWSLookupBase
from ansible_collections.cloudrestore.aws.plugins.module_utils._aws.session import Connection
from ansible_collections.cloudrestore.aws.plugins.module_utils._errors import RestoreAccessError
from ansible_collections.cloudrestore.aws.plugins.module_utils._tasks import mfa_session
from ansible_collections.cloudrestore.aws.plugins.plugin_utils import _lookup


class LookupModule(AWSLookupBase):  # type: ignore[misc]  # amazon.aws carries no types
    def run(self, terms: Sequence[Any], variables: Any = None, **options: Any) -> list[dict[str, str]]:
        """Raises AnsibleLookupError for terms that cannot be right."""
        super().run(terms, variables, **options)
        try:
            return [mfa_session(_lookup.terms("mfa_session", terms), Connection(*get_aws_connection_info(self)))]
        except RestoreAccessError as error:
            raise AnsibleLookupError(f"mfa_session: {error.message}") from None
