# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The digest of the statement that a finding is about: whoever accepts the finding accepts this statement and no later one. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from ..._policy.documents import Json, statements_in
from ..._policy.evaluate import BOUNDARY, IDENTITY, TRUST
from ..._policy.statements import label
from ..._printable import without_account
from ..model.state import Observed
from .finding import Finding


def signed(finding: Finding, observed: Observed) -> Finding:
    """``finding`` with the digest of its statement; as it is where it is about none, or about one outside the account."""
    found = list(_statements(finding, observed)) if finding.statement else []
    return replace(finding, statement_sha256=_digest(found, observed.account.account_id)) if found else finding


def _statements(finding: Finding, observed: Observed) -> Iterator[Json]:
    """What has that label there. Nothing keeps two statements of what is stored under another language's rules from one Sid."""
    for document in _documents(finding, observed):
        listed = enumerate(statements_in(document))
        yield from (each for index, each in listed if label(each, index) == finding.statement)


def _documents(finding: Finding, observed: Observed) -> Iterator[object]:
    if finding.layer == TRUST:
        yield observed.trust
        return
    layers = {IDENTITY: observed.identity, BOUNDARY: filter(None, [observed.boundary])}
    yield from (policy.document for policy in layers.get(finding.layer, ()) if policy.name == finding.policy)


def _digest(found: list[Json], account_id: str) -> str:
    """Without the account's own ID: the same statement in each account of a fleet is the same."""
    text = without_account(json.dumps(found, sort_keys=True, ensure_ascii=False, default=str), account_id)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
