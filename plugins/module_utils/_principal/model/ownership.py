# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tags by which a managed policy is known for the one of a principal. Pure."""

from __future__ import annotations

from ..._permission_sets.catalog import OWNER_TAG_KEY, OWNER_TAG_VALUE, PRINCIPAL_TAG_KEY
from .state import Observed, OwnPolicy
from .tags import values_of


def mark(observed: Observed) -> dict[str, str]:
    """Who made it, and whose it is. A tag's value takes no comma, and a name no colon."""
    name = observed.name.replace(",", ":")
    return {OWNER_TAG_KEY: OWNER_TAG_VALUE, PRINCIPAL_TAG_KEY: f"{observed.kind}/{name}"}


def names_in(own: OwnPolicy) -> str:
    """Whom its tags name as the one whose it is, as they spell it; empty for nobody."""
    named = values_of(own.use.tags, PRINCIPAL_TAG_KEY) if own.use else ()
    return ", ".join(name for name in named if name)


def whose(own: OwnPolicy) -> str:
    """``names_in`` in lower case, since IAM does not tell cases apart in names; of no one principal if they name several."""
    return names_in(own).lower()


def names_nobody_else(observed: Observed, own: OwnPolicy) -> bool:
    """Whether its tags name this principal or nobody, whoever made it."""
    return whose(own) in ("", mark(observed)[PRINCIPAL_TAG_KEY].lower())


def is_named_for(observed: Observed, own: OwnPolicy) -> bool:
    """Whether its tags say that this collection made it, and name this principal or nobody."""
    return own.created_here and names_nobody_else(observed, own)
