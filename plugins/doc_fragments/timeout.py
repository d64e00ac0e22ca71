# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the option that bounds the time of one account."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  timeout:
    description:
      - How many seconds all calls for the account may take together, retries and waiting for IAM included. Then it fails, and says what it
        waited for. Not set, it is 900 seconds, beside the time that it may wait for IAM.
      - No change is begun after that. One that was sent before is waited for, 30 seconds at most, so that the result and the journal say
        whether it was made, or that nobody knows.
    type: int
"""
