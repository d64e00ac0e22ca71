# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection's version; a test compares it with galaxy.yml."""

from __future__ import annotations

VERSION = "0.1.0"
