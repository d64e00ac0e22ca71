# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the callbacks that show the progress of a run have in common."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  interval:
    description: Seconds between two progress lines, where they are not updated in place.
    type: float
    default: 10
    env:
      - name: CLOUDRESTORE_PROGRESS_INTERVAL
    ini:
      - section: cloudrestore_progress
        key: interval
"""
