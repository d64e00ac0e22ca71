# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of every error of this collection, and the policy language's own.

It stands here because the policy language imports nobody; what operators see leaves as ``_errors.RestoreAccessError``.
"""

from __future__ import annotations


class CollectionError(Exception):
    """Raised by this collection, and by nobody else."""


class UnreadableDocumentError(CollectionError):
    """What was stored is no policy document; the message says why, without quoting it."""
