# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the option that bounds the time of one account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - Maximum time in seconds for all calls in the account, including retries and waiting for IAM. When it is over, the module fails and names the
        call it waited for. If not set, it is 900 seconds plus the time to wait for IAM.
      - No change is started after that. A change that was already sent is waited for, for 30 seconds at most, so that the result and the journal
        record whether it was made, or that this is not known.
    type: int
"""
