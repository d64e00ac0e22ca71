#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the module. It is an action: plugins/action/restore_access.py runs it on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_access
short_description: The work of the role restore_access, in one process for each account
version_added: 0.1.0
description:
  - Reads the variables of the role P(cloudrestore.aws.restore_access#role), runs M(cloudrestore.aws.restore_role) with them, and
    M(cloudrestore.aws.restore_role_verify) where the role evaluates.
  - It is there for the role, and takes its options from the role's variables. In a task of your own use the two modules.
  - A variable that begins with C(restore_access_) and does not exist fails it before anything is called, so that none is mistyped.
author:
  - cloudrestore maintainers (@cloudrestore)
options:
  part:
    description: V(converge) runs both modules as the role does, V(verify) only the reading one.
    type: str
    choices: [converge, verify]
    default: converge
extends_documentation_fragment:
  - cloudrestore.aws.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: cloudrestore.aws.restore_role
  - module: cloudrestore.aws.restore_role_verify
"""

EXAMPLES = r"""
- name: As the role does
  cloudrestore.aws.restore_access:
  vars:
    restore_access_name: VeeamDynamoDBRestore
    restore_access_appliance_principals: [arn:aws:iam::444455556666:role/VeeamImpersonation]
  register: restore_access_result
"""

RETURN = r"""
verification:
  description:
    - What M(cloudrestore.aws.restore_role_verify) returned, and nothing where it was not run.
    - Beside it stands what M(cloudrestore.aws.restore_role) returned. With O(part=verify) it is the result itself.
  returned: with O(part=converge), when the variables could be read
  type: dict
  sample: null
"""
