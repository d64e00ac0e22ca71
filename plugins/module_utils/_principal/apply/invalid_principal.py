# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose statement of a trust policy names the principal that IAM does not take. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..._permission_sets.catalog import SID_APPLIANCE, SID_OTHER_SERVICES, SID_SERVICE
from ..._policy.documents import as_list, element, load, statements
from ..._policy.errors import UnreadableDocumentError
from ..._policy.own_trust import own_statements
from ..._policy.restrictions import EXTERNAL_ID, SOURCE_ACCOUNT
from ..._policy.statements import label

# How IAM quotes it; of a list as well it quotes the one.
_REJECTED = re.compile(r'invalid principal in policy: "(\w+)":"([^"]+)"', re.IGNORECASE)
# Our statements: Sid, kind of principal, and the one condition key that they may have.
_OURS = (
    (SID_APPLIANCE, "aws", EXTERNAL_ID),
    (SID_SERVICE, "service", SOURCE_ACCOUNT),
    (SID_OTHER_SERVICES, "service", SOURCE_ACCOUNT),
)


def somebodys_statement(answer: str, trust: object) -> str:
    """Sid, or # and index, of the statement of somebody else that names what ``answer`` rejects. ``trust``: as it was stored.

    Empty where the answer rejects no principal, or one that was not there before: that is the options'.
    """
    found = _REJECTED.search(answer)
    if found is None:
        return ""
    try:
        stored = statements(load(trust))
    except UnreadableDocumentError:
        return ""
    ours = {at for sid, kind, key in _OURS for at in own_statements(stored, sid, kind, frozenset({key}))}
    for index, statement in enumerate(stored):
        principal = element(statement, "Principal") if isinstance(statement, Mapping) else None
        named = as_list(element(principal, found[1])) if isinstance(principal, Mapping) else ()
        if found[2] in named and index not in ours:
            return label(statement, index)
    return ""
